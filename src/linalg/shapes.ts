import type { FloatArray, GemmOptions, Matrix, SyrkOptions } from '#linalg/blas'

/** The sizes of c ← op(a)·op(b): rows × inner · inner × cols. */
export interface ProductShape {
  readonly rows: number
  readonly cols: number
  readonly inner: number
}

/** @throws RangeError when the operands of a product do not fit, or the result overlaps one of them */
export function gemmShape<A extends FloatArray>(
  a: Matrix<A>,
  b: Matrix<A>,
  { transposeA, transposeB, c }: GemmOptions<A>,
): ProductShape {
  requireMatrix(a, 'a')
  requireMatrix(b, 'b')
  requireSameElements(a, b)
  const [rows, inner] = transposeA ? [a.cols, a.rows] : [a.rows, a.cols]
  const [inner2, cols] = transposeB ? [b.cols, b.rows] : [b.rows, b.cols]
  if (inner !== inner2) {
    throw new RangeError(`cannot multiply ${rows} × ${inner} by ${inner2} × ${cols}`)
  }
  if (c) requireResult(c, rows, cols, a, b)
  return { rows, cols, inner }
}

/** @throws RangeError when the result of a symmetric product does not fit or overlaps the operand */
export function syrkShape<A extends FloatArray>(
  a: Matrix<A>,
  { transpose, c }: SyrkOptions<A>,
): { size: number; inner: number } {
  requireMatrix(a, 'a')
  const [size, inner] = transpose ? [a.cols, a.rows] : [a.rows, a.cols]
  if (c) requireResult(c, size, size, a)
  return { size, inner }
}

/** @throws RangeError when a is not square */
export function squareSize<A extends FloatArray>(a: Matrix<A>): number {
  requireMatrix(a, 'a')
  if (a.rows !== a.cols) throw new RangeError(`a square matrix is needed, not ${a.rows} × ${a.cols}`)
  return a.rows
}

/** @throws RangeError when b has not one row for every row of a */
export function requireRightSides<A extends FloatArray>(a: Matrix<A>, b: Matrix<A>): void {
  requireMatrix(b, 'b')
  requireSameElements(a, b)
  if (a.rows !== b.rows) {
    throw new RangeError(`right-hand sides have ${b.rows} rows, the matrix has ${a.rows}`)
  }
}

/** @throws RangeError when the array does not hold rows × cols elements */
export function requireMatrix<A extends FloatArray>(a: Matrix<A>, name: string): void {
  if (a.data.length !== a.rows * a.cols) {
    throw new RangeError(
      `${name} is ${a.rows} × ${a.cols} and needs ${a.rows * a.cols} elements, not ${a.data.length}`,
    )
  }
}

function requireSameElements<A extends FloatArray>(a: Matrix<A>, b: Matrix<A>): void {
  if (a.data.BYTES_PER_ELEMENT !== b.data.BYTES_PER_ELEMENT) {
    throw new RangeError('all matrices of one operation must have the same element type')
  }
}

function requireResult<A extends FloatArray>(
  c: Matrix<A>,
  rows: number,
  cols: number,
  ...operands: Matrix<A>[]
): void {
  requireMatrix(c, 'c')
  if (c.rows !== rows || c.cols !== cols) {
    throw new RangeError(`the result is ${rows} × ${cols}, but c is ${c.rows} × ${c.cols}`)
  }
  for (const operand of operands) {
    requireSameElements(operand, c)
    if (overlap(operand.data, c.data)) throw new RangeError('c must not overlap an operand')
  }
}

function overlap(a: FloatArray, b: FloatArray): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  )
}
