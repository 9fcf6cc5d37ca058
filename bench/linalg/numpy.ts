import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Work } from './works.ts'

/**
 * A NumPy process with a fixed thread count, asked one thing at a time. It is stopped in between: OpenBLAS's idle
 * threads spin for a while after a call, and would take a core from whoever is measured next.
 */
export interface NumpyPeer {
  readonly version: string
  prepare(work: Work): Promise<void>
  /** Seconds that the prepared work took, per repeat. */
  run(repeats: number): Promise<number>
  close(): void
}

const script = fileURLToPath(new URL('../peers/linalg_numpy.py', import.meta.url))

export async function startNumpy(threads: number): Promise<NumpyPeer> {
  const peer = spawn('python3', [script], {
    env: { ...process.env, OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]()
  const answer = async (name: string): Promise<unknown> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the NumPy peer ended; it needs python3 with NumPy')
    const parsed: unknown = JSON.parse(String(value))
    if (typeof parsed === 'object' && parsed !== null && name in parsed) {
      return Object.getOwnPropertyDescriptor(parsed, name)?.value
    }
    throw new Error(`the NumPy peer answered ${String(value)}`)
  }
  const ask = async (request: object, name: string) => {
    peer.kill('SIGCONT')
    peer.stdin.write(`${JSON.stringify(request)}\n`)
    const value = await answer(name)
    peer.kill('SIGSTOP')
    return value
  }
  return {
    version: String(await answer('numpy')),
    async prepare({ kind, ...sizes }) {
      await ask({ prepare: kind, ...sizes }, 'ready')
    },
    run: async (repeats) => Number(await ask({ repeats }, 'seconds')),
    close() {
      peer.kill('SIGCONT')
      peer.stdin.end()
    },
  }
}
