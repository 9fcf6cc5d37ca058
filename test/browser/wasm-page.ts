import { createWasmBlas } from '#linalg/wasm/provider'
import { blasCases } from '../conformance/blas.ts'
import { tileCases } from '../conformance/tile-modules.ts'

const cases = [...blasCases, ...tileCases]

export interface PageOutcome {
  readonly threads: number
  readonly description: string
  readonly passed: number
  readonly failures: readonly string[]
}

declare global {
  var runConformance: (() => Promise<PageOutcome>) | undefined
}

/** Runs every case of the suites in the page. */
globalThis.runConformance = async () => {
  const blas = await createWasmBlas({ threads: 2 })
  const failures: string[] = []
  for (const { name, run } of cases) {
    try {
      await run(blas)
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const { threads, description } = blas
  await blas.close()
  return { threads, description, passed: cases.length - failures.length, failures }
}
