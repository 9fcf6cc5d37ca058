import type { FloatArray, Matrix } from '#linalg/blas'
import type { ProductShape } from '../shapes.ts'
import type { Span } from './blocks.ts'
import { readBlock, spans, writeBlock } from './blocks.ts'
import { scratchTotal } from './job.ts'
import type { TeamLane } from './team-lane.ts'
import type { Team } from './team.ts'

/** Operands of a product that together take more than this are sent in blocks, one while another is multiplied. */
export const streamedBytes = 64 * 2 ** 20
/** What the blocks of a product may take together; a result that must not be cut may take more. */
const blockBytes = 256 * 2 ** 20
const alignment = 128

/** op(a)·op(b), its terms added to c block by block. */
export interface StreamedProduct<A extends FloatArray> {
  readonly shape: ProductShape
  readonly a: Matrix<A>
  readonly transposeA: boolean
  /** Absent where only a is read and c must stay whole, as in a·aᵀ. */
  readonly b?: Matrix<A>
  readonly transposeB: boolean
  readonly c: Matrix<A>
  /** What the result does with its old value: beta of the first block along the inner dimension. */
  readonly beta: number
  readonly kernel: string
  /** The kernel's arguments for one step, with the addresses of its blocks. */
  arguments(step: {
    block: ProductShape
    a: number
    b: number
    c: number
    beta: number
    last: boolean
  }): readonly number[]
}

/** Block sizes follow from the shape and the limit alone, and so do the bits of the result. */
export function streamProduct<A extends FloatArray>(
  lane: TeamLane,
  product: StreamedProduct<A>,
  limitBytes: number = blockBytes,
): Promise<void> {
  const { shape, a, b, c, beta } = product
  const elementBytes = c.data.BYTES_PER_ELEMENT
  const size = blockShape(shape, limitBytes / elementBytes, b !== undefined)
  const [rowSpans, colSpans, innerSpans] = [
    spans(shape.rows, size.rows),
    spans(shape.cols, size.cols),
    spans(shape.inner, size.inner),
  ]
  return lane.exclusively(async (team) => {
    let next = team.start
    const place = (elements: number) => {
      const address = next
      next += Math.ceil((elements * elementBytes) / alignment) * alignment
      return address
    }
    const left = new Pair(team, a, product.transposeA, place, size.rows * size.inner)
    const right = b ? new Pair(team, b, !product.transposeB, place, size.inner * size.cols) : undefined
    const result = place(size.rows * size.cols)
    const end = next + scratchTotal(0, team.threads)
    await lane.reserve(team, end)

    let running: Promise<unknown> = Promise.resolve()
    for (const rows of rowSpans) {
      for (const cols of colSpans) {
        for (const inner of innerSpans) {
          const first = inner === innerSpans[0]
          const last = inner === innerSpans.at(-1)
          // While the last block is multiplied, the next ones are sent to where it is not read.
          const from = await left.send(rows, inner)
          const by = right ? await right.send(cols, inner) : from
          await running
          if (first && beta !== 0) await writeBlock(team, result, c, rows, cols)
          running = team.call(product.kernel, [
            next,
            end,
            ...product.arguments({
              block: { rows: length(rows), cols: length(cols), inner: length(inner) },
              a: from,
              b: by,
              c: result,
              beta: first ? beta : 1,
              last,
            }),
          ])
          // A failure is met where the promise is awaited, which may be a while later.
          running.catch(() => undefined)
          if (!last) continue
          await running
          await readBlock(team, result, c, rows, cols)
        }
      }
    }
  })
}

/** Two places for the blocks of one operand: one is read while the other is filled. */
class Pair<A extends FloatArray> {
  readonly #team: Team
  readonly #matrix: Matrix<A>
  readonly #innerFirst: boolean
  readonly #addresses: readonly number[]
  #current = 0
  #held: { outer: Span; inner: Span } | undefined

  /** `innerFirst`: the inner dimension runs along the matrix's rows. */
  constructor(
    team: Team,
    matrix: Matrix<A>,
    innerFirst: boolean,
    place: (elements: number) => number,
    elements: number,
  ) {
    this.#team = team
    this.#matrix = matrix
    this.#innerFirst = innerFirst
    const whole = elements >= matrix.data.length
    const first = place(elements)
    this.#addresses = [first, whole ? first : place(elements)]
  }

  /** The address of a block, sent unless it was the last one sent. */
  async send(outer: Span, inner: Span): Promise<number> {
    if (this.#held?.outer === outer && this.#held.inner === inner) return this.#addresses[this.#current]
    this.#current ^= 1
    this.#held = { outer, inner }
    const address = this.#addresses[this.#current]
    const [rows, cols] = this.#innerFirst ? [inner, outer] : [outer, inner]
    await writeBlock(this.#team, address, this.#matrix, rows, cols)
    return address
  }
}

/** Halves the longest side until the blocks fit; a whole result is cut along the inner dimension only. */
function blockShape(shape: ProductShape, limit: number, cutResult: boolean): ProductShape {
  const size = { ...shape }
  const pairs = () => 2 * size.rows * size.inner + (cutResult ? 2 * size.inner * size.cols : 0)
  const total = () => pairs() + (cutResult ? size.rows * size.cols : 0)
  while (total() > limit) {
    const sides = cutResult ? (['inner', 'rows', 'cols'] as const) : (['inner'] as const)
    const longest = sides.reduce((a, b) => (size[b] > size[a] ? b : a))
    if (size[longest] <= 16) break
    size[longest] = Math.ceil(size[longest] / 2)
  }
  return size
}

function length({ start, end }: Span): number {
  return end - start
}
