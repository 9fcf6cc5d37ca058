import type { Dataset } from '#core/dataset'
import { chosenClasses } from '#data/chosen-classes'
import type { Watch } from '#core/progress'
import { openInput } from '#engine/input'
import type { InputSettings } from '#engine/settings'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { watchInterrupts } from './interrupt.ts'
import type { Terminal } from './terminal.ts'

/** What a computing verb has at hand. */
export interface Session {
  readonly blas: Blas
  readonly watch: Watch
}

/** Runs work with a linear-algebra provider and with Ctrl-C turned into an abort signal; cleans up after it. */
export async function withSession(
  options: { blas: 'auto' | 'native' | 'wasm'; threads?: number },
  terminal: Terminal,
  work: (session: Session) => Promise<number | undefined>,
): Promise<number | undefined> {
  const interrupts = watchInterrupts(terminal.notice)
  terminal.report({ stage: 'opening', done: 0 })
  const { blas, passedOver } = await chooseBlas({ provider: options.blas, threads: options.threads })
  if (options.blas === 'auto' && passedOver.some(({ provider }) => provider === 'native')) {
    terminal.notice(
      'No system BLAS was found; the built-in kernels work 2 to 3 times slower (see: retort env).',
    )
  }
  try {
    return await work({ blas, watch: { report: terminal.report, signal: interrupts.signal } })
  } finally {
    interrupts.dispose()
    await blas.close()
  }
}

/** Opens the dataset that a verb was given, with its flags. */
export async function openGiven(
  input: string | undefined,
  flags: InputSettings,
  watch: Watch,
): Promise<Dataset> {
  const { target, targetKind, train, test, labels, testLabels, positive, negative } = flags
  const dataset = await openInput(input, { target, targetKind, train, test, labels, testLabels, ...watch })
  return chosenClasses(dataset, { positive, negative })
}
