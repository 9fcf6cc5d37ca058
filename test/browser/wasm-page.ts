import { createWasmBlas } from '#linalg/wasm/provider'
import { blasCases } from '../conformance/blas.ts'

export interface PageOutcome {
  readonly threads: number
  readonly description: string
  readonly passed: number
  readonly failures: readonly string[]
}

declare global {
  var runConformance: (() => Promise<PageOutcome>) | undefined
}

/** Runs every case of the suite in the page. */
globalThis.runConformance = async () => {
  const blas = await createWasmBlas({ threads: 2 })
  const failures: string[] = []
  for (const { name, run } of blasCases) {
    try {
      await run(blas)
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const { threads, description } = blas
  await blas.close()
  return { threads, description, passed: blasCases.length - failures.length, failures }
}
