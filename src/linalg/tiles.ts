import type { FloatArray, Matrix } from '#linalg/blas'

const tile = 32
/** Elements moved between two looks at the clock: well below a millisecond. */
const stride = 1 << 15
const sliceMilliseconds = 8

/** A zero array of the same element type. */
export function zerosLike<A extends FloatArray>(like: A, length: number): A
export function zerosLike(like: FloatArray, length: number): FloatArray {
  return like instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
}

/** A zero matrix of the same element type. */
export function zeroMatrix<A extends FloatArray>(like: Matrix<A>, rows: number, cols: number): Matrix<A> {
  return { rows, cols, data: zerosLike(like.data, rows * cols) }
}

/** Copies the strict lower triangle of a square matrix onto the upper one. Gives way to the event loop. */
export async function mirrorLower(c: Matrix<FloatArray>): Promise<void> {
  const size = c.rows
  await bySlices(
    size,
    (row) => row + 1,
    (i0, i1) => {
      for (let j0 = 0; j0 < i1; j0 += tile) {
        for (let i = i0; i < i1; i++) {
          const end = Math.min(j0 + tile, i)
          for (let j = j0; j < end; j++) c.data[j * size + i] = c.data[i * size + j]
        }
      }
    },
  )
}

/** The transpose as a new matrix. Gives way to the event loop. */
export async function transposed<A extends FloatArray>(a: Matrix<A>): Promise<Matrix<A>> {
  const { rows, cols, data } = a
  const result = zeroMatrix(a, cols, rows)
  await bySlices(
    rows,
    () => cols,
    (i0, i1) => {
      for (let j0 = 0; j0 < cols; j0 += tile) {
        const end = Math.min(j0 + tile, cols)
        for (let i = i0; i < i1; i++) {
          for (let j = j0; j < end; j++) result.data[j * rows + i] = data[i * cols + j]
        }
      }
    },
  )
  return result
}

/** Runs over row strips, at most `tile` rows each, and lets the event loop turn every few milliseconds. */
async function bySlices(
  rows: number,
  width: (row: number) => number,
  strip: (start: number, end: number) => void,
): Promise<void> {
  let since = performance.now()
  let moved = 0
  for (let start = 0; start < rows; start += tile) {
    const end = Math.min(start + tile, rows)
    strip(start, end)
    moved += (end - start) * width(end - 1)
    if (moved < stride) continue
    moved = 0
    if (performance.now() - since < sliceMilliseconds) continue
    await nextTurn()
    since = performance.now()
  }
}

/** After pending timers, input and output have had their turn. */
export function nextTurn(): Promise<void> {
  const immediate = globalThis.setImmediate
  return new Promise((resolve) => (immediate ? immediate(resolve) : setTimeout(resolve)))
}
