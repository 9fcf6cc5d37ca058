import type { Matrix32 } from '#core/matrix'
import { matrix32 } from '#core/matrix'
import type { Random } from '#core/random'
import type { Baseline, BaselineContext } from './baseline.ts'
import { asRow, describeRows, innerProducts, rowBlocks, smallestFree } from './rows.ts'

/** Lloyd stops when an iteration gains less than this share of the squared distances, or after so many. */
const leastGain = 1e-3
const maximumIterations = 25

/** Lloyd's algorithm from k-means++, then the nearest real example to each centroid, each example once. */
export const kMeans: Baseline = {
  id: 'k-means',
  title: 'k-means medoids',
  source:
    'S. P. Lloyd, "Least squares quantization in PCM", 1982; D. Arthur, S. Vassilvitskii, "k-means++", SODA 2007',
  seeds: 1,
  async pick({ rows, squaredNorms: norms }, count, context) {
    let centroids = await plusPlus(rows, norms, count, context)
    let previous = Infinity
    for (let iteration = 0; iteration < maximumIterations; iteration++) {
      const { assignment, cost } = await nearest(rows, norms, centroids, context)
      if (!(cost < previous * (1 - leastGain))) break
      previous = cost
      centroids = await means(rows, assignment, centroids, context)
    }
    return medoids(rows, norms, centroids, context)
  },
}

/** k-means++: each centre is drawn with probability proportional to the squared distance to the nearest one so far. */
async function plusPlus(
  rows: Matrix32,
  norms: Float64Array,
  count: number,
  context: BaselineContext,
): Promise<Matrix32> {
  const { cols } = rows
  const centres = matrix32(count, cols)
  const distances = new Float64Array(rows.rows).fill(Infinity)
  let next = context.random.integer(rows.rows)
  for (let c = 0; c < count; c++) {
    const centre = rows.data.subarray(next * cols, (next + 1) * cols)
    centres.data.set(centre, c * cols)
    if (c === count - 1) break
    const products = await innerProducts(rows, asRow(centre), context)
    for (let i = 0; i < rows.rows; i++) {
      const distance = Math.max(0, norms[i] - 2 * products.data[i] + norms[next])
      distances[i] = Math.min(distances[i], distance)
    }
    distances[next] = 0
    next = draw(distances, context.random)
  }
  return centres
}

function draw(weights: Float64Array, random: Random): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (total === 0) return random.integer(weights.length)
  let left = random.uniform() * total
  let last = 0
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue
    last = i
    left -= weights[i]
    if (left < 0) break
  }
  return last
}

/** Nearest centroid of every row (the first of equals) and the sum of the squared distances. */
async function nearest(
  rows: Matrix32,
  norms: Float64Array,
  centroids: Matrix32,
  context: BaselineContext,
): Promise<{ assignment: Int32Array; cost: number }> {
  const count = centroids.rows
  const products = await innerProducts(rows, centroids, context)
  const { squaredNorms } = await describeRows(centroids, context)
  const assignment = new Int32Array(rows.rows)
  let cost = 0
  for (let i = 0; i < rows.rows; i++) {
    let best = 0
    let smallest = Infinity
    for (let c = 0; c < count; c++) {
      const distance = squaredNorms[c] - 2 * products.data[i * count + c]
      if (distance < smallest) {
        smallest = distance
        best = c
      }
    }
    assignment[i] = best
    cost += Math.max(0, norms[i] + smallest)
  }
  return { assignment, cost }
}

/** Mean of every cluster, as a product with the one-hot assignment; an empty cluster keeps its centroid. */
async function means(
  rows: Matrix32,
  assignment: Int32Array,
  centroids: Matrix32,
  context: BaselineContext,
): Promise<Matrix32> {
  const { rows: count, cols } = centroids
  const sums = matrix32(count, cols)
  const sizes = new Float64Array(count)
  for await (const { start, block } of rowBlocks(rows, context)) {
    const members = matrix32(block.rows, count)
    for (let i = 0; i < block.rows; i++) {
      sizes[assignment[start + i]] += 1
      members.data[i * count + assignment[start + i]] = 1
    }
    await context.blas.gemm(members, block, { transposeA: true, beta: 1, c: sums })
  }
  for (let c = 0; c < count; c++) {
    for (let at = c * cols; at < (c + 1) * cols; at++) {
      sums.data[at] = sizes[c] === 0 ? centroids.data[at] : sums.data[at] / sizes[c]
    }
  }
  return sums
}

/** The nearest free row to each centroid, centroid by centroid. */
async function medoids(
  rows: Matrix32,
  norms: Float64Array,
  centroids: Matrix32,
  context: BaselineContext,
): Promise<number[]> {
  const products = await innerProducts(rows, centroids, context)
  const taken = new Uint8Array(rows.rows)
  return Array.from({ length: centroids.rows }, (_, c) => {
    const row = smallestFree(
      norms.map((norm, i) => norm - 2 * products.data[i * centroids.rows + c]),
      taken,
    )
    taken[row] = 1
    return row
  })
}
