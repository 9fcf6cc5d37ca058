import type { Bench } from '../bench.ts'
import type { Cell } from './cells.ts'
import { sweepFile } from './cells.ts'
import type { Sweep } from './sweeps.ts'
import { sweeps } from './sweeps.ts'

export const fileOf = ({ name }: Pick<Sweep, 'name'>) => `two-layer-memory-${name}`

/** What the named sweeps found, in the order of the sweeps; of those not measured nothing. */
export async function storedCells(bench: Bench, names: readonly string[]): Promise<Cell[]> {
  const chosen = sweeps.filter(({ name }) => names.includes(name))
  const found = await Promise.all(
    chosen.map(async (sweep) => {
      const left = await bench.begun(fileOf(sweep))
      return left === undefined ? [] : sweepFile.parse(left).cells
    }),
  )
  return found.flat()
}

/** Sweeps that are not measured, in words. */
export async function missing(bench: Bench): Promise<string[]> {
  const names: string[] = []
  for (const sweep of sweeps) {
    if ((await bench.begun(fileOf(sweep))) === undefined) names.push(`${fileOf(sweep)} (${sweep.title})`)
  }
  return names
}

/** Cells of the same task once: sweeps meet at the middle of each. */
export function distinct(cells: readonly Cell[]): Cell[] {
  const keyed = cells.map((cell) => [`${sizeOf(cell)},${cell.seed}`, cell] as const)
  return [...new Map(keyed).values()]
}

/** Cells by size: those of one size differ in the seed of the task alone. */
export function bySize(cells: readonly Cell[]): Cell[][] {
  return [...Map.groupBy(cells, sizeOf).values()]
}

function sizeOf({ inputs, directions, width }: Cell): string {
  return [inputs, directions, width].join()
}
