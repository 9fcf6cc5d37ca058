import { z } from 'zod'
import { chooseBlas } from '#linalg/provider'
import type { SearchSettings } from './search.ts'
import { searchSmallest } from './search.ts'
import type { TaskSize } from './task.ts'
import { holdTask } from './task.ts'

/** The relative error that every sweep has to reach. */
export const targetError = 0.05

const cell = z.object({
  inputs: z.number(),
  examples: z.number(),
  directions: z.number(),
  width: z.number(),
  seed: z.number(),
  reached: z.boolean(),
  points: z.number(),
  labels: z.number(),
  memory: z.number(),
  error: z.number(),
  allLabels: z.number(),
  featurePoint: z.object({ error: z.number(), memory: z.number() }),
  seconds: z.number(),
})
/** The smallest set of one task. */
export type Cell = z.output<typeof cell>

/** What a sweep leaves for the law that is fitted to all sweeps. */
export const sweepFile = z.object({ cells: z.array(cell) })

export type CellSize = TaskSize & Pick<SearchSettings, 'width'>

/**
 * Searches cell after cell, in this process: tasks are held in memory, which the command line would draw again.
 * @param found cells of an earlier run, which are not searched again
 * @param keep called with all cells so far, after each
 */
export async function measureCells(
  sizes: readonly CellSize[],
  found: readonly Cell[],
  keep: (cells: readonly Cell[]) => Promise<void>,
): Promise<Cell[]> {
  const { blas } = await chooseBlas()
  const cells: Cell[] = []
  for (const size of sizes) {
    const known = found.find((cell) => isOf(cell, size))
    if (known) {
      cells.push(known)
      continue
    }
    const begin = performance.now()
    const settings = { rank: size.directions, width: size.width, target: targetError }
    const smallest = await searchSmallest(await holdTask(size, blas), settings)
    const seconds = (performance.now() - begin) / 1000
    cells.push({ ...size, ...smallest, seconds })
    process.stderr.write(`${JSON.stringify(cells.at(-1))}\n`)
    await keep(cells)
  }
  await blas.close()
  return cells
}

function isOf(cell: Cell, size: CellSize): boolean {
  const { inputs, examples, directions, width, seed } = size
  const same = cell.inputs === inputs && cell.examples === examples && cell.directions === directions
  return same && cell.width === width && cell.seed === seed
}

/** r² d + L */
export function lawOf({ inputs, directions, width }: Pick<Cell, 'inputs' | 'directions' | 'width'>): number {
  return directions ** 2 * inputs + width
}
