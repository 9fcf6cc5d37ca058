import { matrix, type Matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import { createKernel } from '#kernels/index'
import type { Kernel } from '#kernels/kernel'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import type { Figure, Part } from '../part.ts'
import { inTurns } from '../turns.ts'
import { seconds } from '../wording.ts'

/** Examples of one step of KIP. */
const examples = 5000
/** Share of the rate of its products that a block has to reach. */
const bound = 0.5

interface Shape {
  /** d and m. */
  readonly inputs: number
  readonly points: number
}

/** Seconds. */
interface Spent {
  readonly wall: number
  /** Of all threads of this process. */
  readonly processor: number
}

interface Measured {
  readonly kernel: string
  readonly shape: Shape
  /** K, K with its way back to the points, and the products in them: one, and two. */
  readonly gram: Spent
  readonly both: Spent
  readonly product: Spent
  readonly twoProducts: Spent
}

const shapes: readonly Shape[] = [784, 3072].flatMap((inputs) =>
  [10, 100, 500].map((points) => ({ inputs, points })),
)

const kernels: Readonly<Record<string, () => Kernel>> = {
  rbf: () => createKernel({ id: 'rbf', parameters: { sigma: 30 } }),
  'ntk, 1 hidden layer': () => createKernel({ id: 'ntk', parameters: { depth: 1 } }),
  'ntk, 2 hidden layers': () => createKernel({ id: 'ntk', parameters: { depth: 2 } }),
  'ntk, 3 hidden layers': () => createKernel({ id: 'ntk', parameters: { depth: 3 } }),
}

/** How much of the time of a block of a kernel is the products in it. */
export const kernelBlocks: Part = {
  name: 'kernel-blocks',
  title: 'Blocks of kernels against the products that they contain',
  async measure(bench) {
    const { blas } = await chooseBlas()
    try {
      const measured: Measured[] = []
      for (const shape of shapes) measured.push(...(await measureShape(shape, bench.runs, blas)))
      return {
        about: [
          `K of ${examples} examples and m points, both d wide, in float64, and K with its way back to the points, as a step of KIP takes ` +
            `them; beside each the same products alone: one, and two. The least of ${bench.runs} turns that take all in alternation, ` +
            'first turn dropped. The share is that of the wall clock, in brackets that of the processor time of all threads: a ' +
            'product runs on all of them, the element-wise work on one.',
        ],
        figures: [
          worstFigure('a block of K', measured, gramShare),
          worstFigure('a block of K and its way back', measured, bothShare),
        ],
        tables: [
          {
            title: 'Milliseconds',
            columns: ['kernel', 'd', 'm', 'product', 'K', 'share', 'two products', 'K and back', 'share'],
            rows: measured.map((each) => [
              each.kernel,
              String(each.shape.inputs),
              String(each.shape.points),
              seconds(1000 * each.product.wall),
              seconds(1000 * each.gram.wall),
              shares(each.product, each.gram),
              seconds(1000 * each.twoProducts.wall),
              seconds(1000 * each.both.wall),
              shares(each.twoProducts, each.both),
            ]),
          },
        ],
      }
    } finally {
      await blas.close()
    }
  },
}

async function measureShape(shape: Shape, turns: number, blas: Blas): Promise<Measured[]> {
  const { inputs, points } = shape
  const [x, z, c] = [normal(examples, inputs), normal(points, inputs), normal(examples, points)]
  const multiply = () => blas.gemm(x, z, { transposeB: true })
  const results: Measured[] = []
  for (const [name, create] of Object.entries(kernels)) {
    const kernel = create()
    const [product, gram, twoProducts, both] = await inTurns(
      [
        timed('product', multiply),
        timed('K', () => kernel.gram(x, z, blas)),
        timed('two products', async () => {
          await multiply()
          await blas.gemm(c, x, { transposeA: true })
        }),
        timed('K and back', async () => (await kernel.linearise(x, z, blas)).pullBack(c)),
      ],
      turns,
    )
    results.push({
      kernel: name,
      shape,
      product: least(product),
      gram: least(gram),
      twoProducts: least(twoProducts),
      both: least(both),
    })
  }
  return results
}

function timed(name: string, work: () => Promise<unknown>) {
  return {
    name,
    async run(): Promise<Spent> {
      const [begin, before] = [performance.now(), process.cpuUsage()]
      await work()
      const { user, system } = process.cpuUsage(before)
      return { wall: (performance.now() - begin) / 1000, processor: (user + system) / 1e6 }
    },
  }
}

function least(spent: readonly Spent[]): Spent {
  return {
    wall: Math.min(...spent.map(({ wall }) => wall)),
    processor: Math.min(...spent.map(({ processor }) => processor)),
  }
}

function normal(rows: number, cols: number): Matrix {
  return matrix(
    rows,
    cols,
    randomStream(0, 'kernel-blocks', rows, cols).fillNormal(new Float64Array(rows * cols)),
  )
}

function gramShare({ product, gram }: Measured): number {
  return product.wall / gram.wall
}

function bothShare({ twoProducts, both }: Measured): number {
  return twoProducts.wall / both.wall
}

function worstFigure(what: string, measured: readonly Measured[], of: (each: Measured) => number): Figure {
  const worst = measured.reduce((a, b) => (of(b) < of(a) ? b : a))
  const { inputs, points } = worst.shape
  return {
    what: `${what} at the rate of its products, least share (${worst.kernel}, d = ${inputs}, m = ${points})`,
    measured: share(of(worst)),
    needed: `≥ ${share(bound)}`,
    holds: of(worst) >= bound,
  }
}

function shares(products: Spent, whole: Spent): string {
  return `${share(products.wall / whole.wall)} (${share(products.processor / whole.processor)})`
}

function share(value: number): string {
  return `${(100 * value).toFixed(0)} %`
}
