import { matrix, transpose, type Matrix } from '#core/matrix'

/** Thin singular value decomposition by one-sided Jacobi: slow, plain, and independent of every provider. */
export function jacobiSvd(a: Matrix): { u: Matrix; values: Float64Array; v: Matrix } {
  if (a.rows < a.cols) {
    const { u, values, v } = jacobiSvd(transpose(a))
    return { u: v, values, v: u }
  }
  const { rows, cols } = a
  const columns = Array.from({ length: cols }, (_, j) =>
    Float64Array.from({ length: rows }, (_, i) => a.data[i * cols + j]),
  )
  const turns = Array.from({ length: cols }, (_, j) => {
    const column = new Float64Array(cols)
    column[j] = 1
    return column
  })
  for (let sweep = 0; sweep < 60; sweep++) {
    let largest = 0
    for (let i = 0; i < cols; i++) {
      for (let j = i + 1; j < cols; j++) {
        const [x, y, z] = [
          dot(columns[i], columns[i]),
          dot(columns[j], columns[j]),
          dot(columns[i], columns[j]),
        ]
        if (z === 0) continue
        largest = Math.max(largest, Math.abs(z) / Math.sqrt(x * y))
        const cotangent = (y - x) / (2 * z)
        const t = Math.sign(cotangent || 1) / (Math.abs(cotangent) + Math.hypot(1, cotangent))
        const c = 1 / Math.hypot(1, t)
        rotate(columns[i], columns[j], c, c * t)
        rotate(turns[i], turns[j], c, c * t)
      }
    }
    if (largest < 1e-16) break
  }
  const lengths = columns.map((column) => Math.sqrt(dot(column, column)))
  const order = lengths.map((_, j) => j).sort((i, j) => lengths[j] - lengths[i])
  const u = matrix(rows, cols)
  const v = matrix(cols, cols)
  order.forEach((from, to) => {
    for (let i = 0; i < rows; i++) u.data[i * cols + to] = lengths[from] && columns[from][i] / lengths[from]
    for (let i = 0; i < cols; i++) v.data[i * cols + to] = turns[from][i]
  })
  return { u, values: Float64Array.from(order, (j) => lengths[j]), v }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

function rotate(a: Float64Array, b: Float64Array, c: number, s: number): void {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i], b[i]]
    a[i] = c * x - s * y
    b[i] = s * x + c * y
  }
}
