import { vi } from 'vitest'
import { main } from '#cli/main'
import type { Outcome } from './run.ts'

// As in processes of their own: tests run side by side.
process.env.RETORT_THREADS = '1'

/**
 * Runs the command line inside this process, one call at a time: the same words, output and exit code as a process of
 * its own, in a tenth of the time. What a process adds (its end, signals, its own directory) is tested with `retort`.
 */
export async function retortHere(words: readonly string[]): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) => {
    // Each call of `main` listens for a broken pipe.
    process[name].setMaxListeners(0)
    return vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      texts[name] += String(chunk)
      return true
    })
  })
  try {
    const code = await main(words)
    return { code, ...texts }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
