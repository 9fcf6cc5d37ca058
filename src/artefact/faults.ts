import { RetortError } from '#core/errors'

/** A folder, or a file of it, that is not there. */
export function missing(path: string, message: string): RetortError {
  return new RetortError({
    code: 'artefact/missing',
    message,
    hint: 'Name a folder that retort distill wrote; it holds certificate.json and distilled.safetensors.',
    path,
  })
}

/** A file that is there but does not hold what it must. */
export function corruptFile(path: string, message: string, cause?: unknown): RetortError {
  return new RetortError({
    code: 'artefact/corrupt',
    message: `${path}: ${message}`,
    why: 'An artefact is written whole, so the file was changed or damaged afterwards.',
    hint: 'Run retort verify on the folder to see all that changed, then fetch it again or distil again.',
    path,
    cause,
  })
}

/** A file written by a newer Retort. */
export function unknownSchema(path: string, version: unknown): RetortError {
  return new RetortError({
    code: 'artefact/schema',
    message: `${path} has schema version ${JSON.stringify(version)}; this Retort reads version 1`,
    hint: 'Update Retort: npm install retort@latest',
    path,
  })
}

/** A file where a folder is to be. */
export function notFolder(path: string): RetortError {
  return new RetortError({
    code: 'usage/output-exists',
    message: `${path} is a file, not a folder`,
    hint: 'Choose another folder with -o OTHER.',
    path,
  })
}

/** A folder that is in the way and is not ours to replace. */
export function notReplaceable(path: string, found: string): RetortError {
  return new RetortError({
    code: 'usage/output-exists',
    message: `${path} ${found}`,
    why: 'Replacing it would delete files that Retort did not write.',
    hint: 'Choose another folder with -o OTHER, or replace this one with --force.',
    path,
  })
}
