/**
 * Exit codes of the command line, one per family of error code
 * (`data/truncated` belongs to `data`).
 */
const exitCodes = {
  bug: 1,
  usage: 2,
  config: 2,
  data: 3,
  artefact: 3,
  check: 4,
  budget: 5,
  resource: 6,
  interrupted: 130,
} as const

export type ErrorFamily = keyof typeof exitCodes
/** Stable and documented; wording may change between releases, a code may not. */
export type ErrorCode = `${ErrorFamily}/${string}`

export interface RetortErrorOptions {
  /** Stable identity, e.g. `data/truncated`. */
  code: ErrorCode
  /** One sentence: what was found, with its actual values. */
  message: string
  /** One sentence: why it matters. */
  why?: string
  /** The command or the change that fixes it; printed last. */
  hint: string
  /** The file, flag or key at fault. */
  path?: string
  /** The measured values behind the message, for `--json`. */
  values?: Record<string, string | number | boolean | null>
  cause?: unknown
}

/** An error that a user can act on. Anything else that is thrown is a bug of ours. */
export class RetortError extends Error {
  readonly code: ErrorCode
  readonly why: string | undefined
  readonly hint: string
  readonly path: string | undefined
  readonly values: Record<string, string | number | boolean | null>

  constructor(options: RetortErrorOptions) {
    super(options.message, { cause: options.cause })
    this.name = 'RetortError'
    this.code = options.code
    this.why = options.why
    this.hint = options.hint
    this.path = options.path
    this.values = options.values ?? {}
  }

  get exitCode(): number {
    const family = this.code.slice(0, this.code.indexOf('/'))
    return isFamily(family) ? exitCodes[family] : exitCodes.bug
  }

  toJSON() {
    const { code, message, why, hint, path, values, exitCode } = this
    return { code, message, why, hint, path, values, exitCode }
  }
}

function isFamily(name: string): name is ErrorFamily {
  return Object.hasOwn(exitCodes, name)
}
