import type { FloatArray, Matrix } from '#linalg/blas'
import { zerosLike } from '../tiles.ts'
import type { Team } from './team.ts'

/** From `start` to before `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

export function spans(size: number, step: number): Span[] {
  const count = Math.max(1, Math.ceil(size / step))
  return Array.from({ length: count }, (_, i) => ({ start: i * step, end: Math.min(size, (i + 1) * step) }))
}

/** Elements gathered at a time from a block that is not contiguous. */
const gathered = 1 << 18

/** Sends the rows and columns of a block, which becomes a matrix of its own. */
export async function writeBlock<A extends FloatArray>(
  team: Team,
  address: number,
  a: Matrix<A>,
  rows: Span,
  cols: Span,
): Promise<void> {
  await eachPiece(a, rows, cols, async (piece, offset, visitRows) => {
    visitRows((row, at) => piece.set(row, at))
    await team.write(address + offset * piece.BYTES_PER_ELEMENT, piece)
  })
}

/** Brings a block back into its rows and columns. */
export async function readBlock<A extends FloatArray>(
  team: Team,
  address: number,
  a: Matrix<A>,
  rows: Span,
  cols: Span,
): Promise<void> {
  await eachPiece(a, rows, cols, async (piece, offset, visitRows) => {
    await team.read(address + offset * piece.BYTES_PER_ELEMENT, piece)
    visitRows((row, at) => row.set(piece.subarray(at, at + row.length)))
  })
}

type VisitRows = (visit: (row: FloatArray, at: number) => void) => void

/** A block of whole rows is one piece, in place; any other is gathered in pieces of some rows. */
async function eachPiece<A extends FloatArray>(
  a: Matrix<A>,
  rows: Span,
  cols: Span,
  handle: (piece: FloatArray, offset: number, visitRows: VisitRows) => Promise<void>,
): Promise<void> {
  const width = cols.end - cols.start
  if (width === a.cols) {
    await handle(a.data.subarray(rows.start * width, rows.end * width), 0, () => undefined)
    return
  }
  const height = Math.max(1, Math.floor(gathered / width))
  for (let start = rows.start; start < rows.end; start += height) {
    const end = Math.min(rows.end, start + height)
    const piece = zerosLike<FloatArray>(a.data, (end - start) * width)
    await handle(piece, (start - rows.start) * width, (visit) => {
      for (let i = start; i < end; i++) {
        const first = i * a.cols + cols.start
        visit(a.data.subarray(first, first + width), (i - start) * width)
      }
    })
  }
}
