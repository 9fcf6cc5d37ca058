import { RetortError } from '#core/errors'

/** The errors that several formats share, so that one fault has one code and one wording. */

/** A file that ends before what its own header announces. */
export function truncated(path: string, needed: number, found: number, what: string): RetortError {
  return new RetortError({
    code: 'data/truncated',
    message: `${path} ends after ${found} bytes; ${what} needs ${needed}`,
    why: 'The file was probably cut off while it was downloaded or copied.',
    hint: `Fetch ${path} again and compare its size or checksum with the original.`,
    path,
    values: { needed, found },
  })
}

/** Bytes that contradict the format. `offset` counts from the start of the (decompressed) file. */
export function corrupt(path: string, message: string, values: RetortError['values'] = {}): RetortError {
  return new RetortError({
    code: 'data/corrupt',
    message: `${path}: ${message}`,
    why: 'The file is damaged or is not what its name says.',
    hint: `Fetch or write ${path} again; if it is sound elsewhere, its format is not one that Retort reads.`,
    path,
    values,
  })
}

/** A sound file that holds something Retort does not read; `hint` is the conversion that helps. */
export function unsupported(
  path: string,
  message: string,
  hint: string,
  values: RetortError['values'] = {},
): RetortError {
  return new RetortError({ code: 'data/unsupported', message: `${path}: ${message}`, hint, path, values })
}
