import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { matrix } from '#core/matrix'
import { multiIndexDataset } from '#data/generators/multi-index'
import { chooseBlas } from '#linalg/provider'
import type { Bench } from '../../bench.ts'
import type { MemoryTrace } from '../../memory.ts'
import { tenths, traceMemory } from '../../memory.ts'
import type { Figure, Table } from '../../part.ts'
import { group, megabytes, seconds } from '../../wording.ts'
import { distillSet } from './answers.ts'
import { error } from './wording.ts'

const memoryBound = 1e9
/** d for the middle d of the other parts, and as many examples as d². */
const factor = 10
/** Two long steps of refinement instead of ten short ones: every step costs two passes. */
const words = ['--rank', '2', '--refinement', '2', '--refinement-step', '0.2', '--no-baselines']

const recorded = z.object({
  cost: z.object({ passes: z.number(), floatingPointOperations: z.number() }),
})

/** A task too large for memory, drawn again in every pass: memory, and the rate against products and drawing alone. */
export async function streamed(bench: Bench): Promise<{ tables: Table[]; figures: Figure[] }> {
  const d = factor * bench.sizes.inputs
  const n = Math.min(bench.count, d * d)
  const floor = { products: await productRate(d, bench.sizes.width), drawing: await drawingRate(d) }
  const traces: MemoryTrace[] = []
  const run = await distillSet(
    bench,
    'streamed',
    [`multi-index:${n},d=${d},r=2,seed=1`, ...words, '--width', `${bench.sizes.width}`],
    (pid) => {
      const { trace, stop } = traceMemory(pid)
      traces.push(trace)
      return stop
    },
  )
  const { cost } = recorded.parse(
    JSON.parse(await readFile(join(bench.folder, 'streamed', 'run.json'), 'utf8')),
  )
  // The first pass is that of the statistics.
  const passes = cost.passes - 1
  const spent = run.seconds.distill
  const products = cost.floatingPointOperations / floor.products
  const drawing = (passes * n) / floor.drawing
  const row = (what: string, time: number) => [
    what,
    seconds(time),
    group((passes * n) / time),
    (cost.floatingPointOperations / time / 1e9).toFixed(1),
  ]
  return {
    figures: [
      {
        what: `${group(n)} examples of ${group(d)} inputs: largest resident memory`,
        measured: megabytes(run.peakMemoryBytes),
        needed: `≤ ${megabytes(memoryBound)}`,
        holds: run.peakMemoryBytes <= memoryBound,
      },
      {
        what: 'median error of fresh students',
        measured: error(run.error.median),
        needed: '≤ 0.05',
        holds: run.error.median <= 0.05,
      },
    ],
    tables: [
      {
        title: `Rate of distillation: n = ${group(n)}, d = ${group(d)}, ${passes} passes`,
        columns: ['', 'seconds', 'examples/s', 'GF/s'],
        rows: [
          row('distillation', spent),
          row('its products at the rate of one large product', products),
          row('drawing its examples, nothing else', drawing),
          row('both, one after the other', products + drawing),
        ],
      },
      {
        title: 'Seconds by stage of the command',
        columns: Object.keys(run.seconds),
        rows: [Object.values(run.seconds).map(seconds)],
      },
      {
        title: 'Largest resident memory in each tenth of the time, MB',
        columns: Array.from({ length: 10 }, (_, i) => String(i + 1)),
        rows: [tenths(traces[0]).map((bytes) => String(Math.round(bytes / 1e6)))],
      },
    ],
  }
}

/** Operations per second of float64 products of a block of examples with the rows of a network; best of ten. */
async function productRate(d: number, width: number): Promise<number> {
  const { blas } = await chooseBlas()
  const rows = 2048
  const a = matrix(rows, d)
  const b = matrix(width, d)
  a.data.fill(1)
  b.data.fill(1)
  let best = 0
  for (let turn = 0; turn < 10; turn++) {
    const begin = performance.now()
    await blas.gemm(a, b, { transposeB: true })
    best = Math.max(best, (2 * rows * d * width) / ((performance.now() - begin) / 1000))
  }
  await blas.close()
  return best
}

/** Examples per second. */
async function drawingRate(d: number): Promise<number> {
  const count = Math.ceil(2e7 / d)
  const { train } = multiIndexDataset({ count, inputs: d, directions: 2 }).splits
  const begin = performance.now()
  for await (const batch of train.batches({ size: 2048 })) if (batch.count === 0) break
  return count / ((performance.now() - begin) / 1000)
}
