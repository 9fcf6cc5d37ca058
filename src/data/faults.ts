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

/** NaN, infinity, or an integer that a double cannot hold. */
export function notFinite(path: string, row: number, column: number, value: number): RetortError {
  const found = Number.isNaN(value) ? 'NaN (or an integer beyond 2^53)' : String(value)
  return new RetortError({
    code: 'data/not-finite',
    message: `${path}: row ${row}, column ${column} holds ${found}; both count from 0`,
    why: 'One such value would make every statistic meaningless.',
    hint: 'Replace or remove such rows, e.g. with numpy: x = x[numpy.isfinite(x).all(axis=1)]',
    path,
    values: { row, column, value: String(value) },
  })
}

/** Inputs and labels that do not belong to the same examples. */
export function countMismatch(
  inputs: string,
  inputCount: number,
  labels: string,
  labelCount: number,
): RetortError {
  return new RetortError({
    code: 'data/count-mismatch',
    message: `${inputs} holds ${inputCount} examples, ${labels} holds ${labelCount} labels`,
    why: 'Each example needs exactly one label; the files do not belong together, or one is cut off.',
    hint:
      labelCount === inputCount + 1
        ? `If the first line of ${labels} is a header, name its column: --target NAME`
        : 'Name the label file that belongs to the inputs: --labels FILE (or --test-labels FILE)',
    path: labels,
    values: { inputs: inputCount, labels: labelCount },
  })
}
