import type { Batch, Dataset, Split } from '#core/dataset'
import { targetSize } from '#core/dataset'
import { RetortError } from '#core/errors'
import { sha256Hex } from '#core/hash'
import type { Matrix } from '#core/matrix'
import { copyOf, matrix, rowsOf } from '#core/matrix'
import type { Watch } from '#core/progress'
import { turn } from '#core/turn'
import type { Blas } from '#linalg/blas'
import { mirrorLower } from '#linalg/tiles'
import { blockRowsOf, createBlockCutter } from './canonical-blocks.ts'
import type { HoldOut, HoldOutExamples } from './hold-out.ts'
import { collectHoldOut, holdOutMembership } from './hold-out.ts'
import { hashBlock, provenanceOf, splitHash } from './provenance.ts'
import type { Statistics } from './statistics.ts'

/** Rows mapped at a time: a fixed number, because it decides the rounding of the sums. */
const blockRows = 1024

/** One block is prepared, one mapped and one multiplied, so that the multiplying threads never wait for this one. */
export const mappedAhead = 3

export interface MappedOptions {
  readonly blas: Blas
  readonly holdOut: HoldOut
  /** p: columns of what `map` gives. */
  readonly featureSize: number
  /** Names the map and all that comes before it: part of the provenance. */
  readonly identity: string
  /**
   * Raw rows to what the statistics are of, count × p; overwritten here. In two halves: the first may not keep the
   * batch; what it gives starts the second. `mappedAhead` blocks are in work at once, and the storage of a block is free
   * when that many have been begun after it.
   */
  map(batch: Batch): Promise<() => Promise<Matrix>>
  visit?(batch: Batch): void
  readonly watch?: Watch
}

export interface MappedStatistics {
  /** Of the examples that are not held out. */
  readonly fit: Statistics
  /** Of all examples. */
  readonly whole: Statistics
  /** Raw. */
  readonly holdOutExamples: HoldOutExamples
  /** The same, mapped: h × p. */
  readonly holdOutInputs: Matrix
}

/**
 * One pass over a split: S = Σ φ φᵀ, C = Σ y φᵀ and the plain sums of φ(x) in float64, block by block in order, so that
 * the same command gives the same bits. Memory is p² and a few blocks, whatever n.
 * @throws RetortError `data/not-finite`, `data/label-range`, and what reading throws
 */
export async function collectMapped(
  split: Split,
  dataset: Dataset,
  options: MappedOptions,
): Promise<MappedStatistics> {
  const { blas, holdOut, featureSize: p, identity, map, visit, watch = {} } = options
  const { target, elementType, inputShape } = dataset
  const size = inputShape.reduce((product, side) => product * side, 1)
  const k = targetSize(target)
  const isHeldOut = holdOutMembership(holdOut, split.count)
  const examples = collectHoldOut({ inputSize: size, elementType, target }, isHeldOut)
  const provenance = provenanceTally(dataset, isHeldOut)
  const gram = matrix(p, p)
  // Σ [y 1]ᵀ φ and Σ [y 1]ᵀ [y 1]: cross sums, plain sums and counts by one product each.
  const cross = matrix(k + 1, p)
  const targets = matrix(k + 1, k + 1)
  const heldOut = await countHeldOut(split.count, isHeldOut)
  const holdOutInputs = matrix(heldOut, p)
  const holdOutLabels = matrix(heldOut, k + 1)
  let taken = 0

  const add = async (phi: Matrix, start: number, labels: Matrix, held: readonly number[]): Promise<void> => {
    for (const row of held) {
      const mapped = rowsOf(phi, row, row + 1)
      requireFinite(mapped, mapped, start + row)
      moveRow(phi, row, holdOutInputs, taken)
      moveRow(labels, row, holdOutLabels, taken)
      taken++
    }
    await Promise.all([
      blas.syrk(phi, { transpose: true, lowerOnly: true, beta: 1, c: gram }),
      blas.gemm(labels, phi, { transposeA: true, beta: 1, c: cross }),
    ])
    // What is not finite makes the sum of its column so; held-out rows are not in it.
    requireFinite(cross, phi, start)
    await blas.syrk(labels, { transpose: true, lowerOnly: true, beta: 1, c: targets })
  }

  const report = (done: number) =>
    watch.report?.({ stage: 'statistics', done, total: split.count, unit: 'examples' })
  report(0)
  const inWork: Promise<void>[] = []
  for await (const batch of split.batches({ size: blockRows, signal: watch.signal })) {
    watch.signal?.throwIfAborted()
    visit?.(batch)
    examples.visit(batch)
    provenance.add(batch)
    const labels = labelsOf(batch, target.kind === 'class' ? target.names.length : undefined, k)
    const held = heldRows(batch, isHeldOut)
    if (inWork.length === mappedAhead) await inWork.shift()
    const phi = (await map(batch))()
    const before = inWork.at(-1)
    const added = Promise.all([phi, before]).then(([rows]) => add(rows, batch.start, labels, held))
    // A failure is thrown by a later await; until then it must not count as unhandled.
    added.catch(() => undefined)
    inWork.push(added)
    report(batch.start + batch.count)
  }
  await Promise.all(inWork)

  const sums = { gram, cross, targets }
  const all = { gram: copyOf(gram), cross: copyOf(cross), targets: copyOf(targets) }
  await Promise.all([
    blas.syrk(holdOutInputs, { transpose: true, lowerOnly: true, beta: 1, c: all.gram }),
    blas.gemm(holdOutLabels, holdOutInputs, { transposeA: true, beta: 1, c: all.cross }),
    blas.syrk(holdOutLabels, { transpose: true, lowerOnly: true, beta: 1, c: all.targets }),
    mirrorLower(gram),
  ])
  for (const lower of [targets, all.gram, all.targets]) await mirrorLower(lower)
  const hashes = provenance.finish()
  return {
    fit: statisticsOf(sums, sha256Hex(`${hashes.fit} ${identity}`)),
    whole: statisticsOf(all, sha256Hex(`${hashes.whole} ${identity}`)),
    holdOutExamples: examples.finish(),
    holdOutInputs,
  }
}

interface Sums {
  readonly gram: Matrix
  readonly cross: Matrix
  readonly targets: Matrix
}

function statisticsOf({ gram, cross, targets }: Sums, provenance: string): Statistics {
  const p = gram.rows
  const k = cross.rows - 1
  const targetGram = matrix(k, k)
  for (let i = 0; i < k; i++) {
    targetGram.data.set(targets.data.subarray(i * (k + 1), i * (k + 1) + k), i * k)
  }
  return {
    count: targets.data[k * (k + 1) + k],
    inputSize: p,
    targetSize: k,
    gram,
    cross: matrix(k, p, cross.data.slice(0, k * p)),
    inputSum: cross.data.slice(k * p),
    targetSum: targets.data.slice(k * (k + 1), k * (k + 1) + k),
    targetGram,
    exact: false,
    provenance,
  }
}

/** [y 1] of every row: one-hot for classes. @throws RetortError `data/label-range` */
function labelsOf(batch: Batch, classes: number | undefined, k: number): Matrix {
  const labels = matrix(batch.count, k + 1)
  for (let i = 0; i < batch.count; i++) {
    const row = i * (k + 1)
    labels.data[row + k] = 1
    if (classes === undefined) {
      for (let c = 0; c < k; c++) labels.data[row + c] = batch.targets[i * k + c]
      continue
    }
    const index = batch.targets[i]
    if (!(index >= 0 && index < classes)) {
      throw new RetortError({
        code: 'data/label-range',
        message: `Example ${batch.start + i} has class ${index}; classes are 0 to ${classes - 1}`,
        hint: 'Check the label file, or name the target with --target.',
        values: { example: batch.start + i, label: index },
      })
    }
    labels.data[row + index] = 1
  }
  return labels
}

function heldRows(batch: Batch, isHeldOut: (index: number) => boolean): number[] {
  const held: number[] = []
  for (let i = 0; i < batch.count; i++) if (isHeldOut(batch.start + i)) held.push(i)
  return held
}

/** The hashes that the raw statistics of the same examples have. */
function provenanceTally(dataset: Dataset, isHeldOut: (index: number) => boolean) {
  const rows = blockRowsOf(dataset.elementType)
  const cutter = createBlockCutter(rows)
  let fit = 0n
  let held = 0n
  const consume = (block: Parameters<typeof hashBlock>[0]) => {
    const hash = hashBlock(block, rows)
    const out: number[] = []
    for (let i = 0; i < block.count; i++) {
      if (isHeldOut(block.index * rows + (block.rows ? block.rows[i] : i))) out.push(i)
    }
    const [kept, taken] =
      out.length === 0 ? [hash, 0n] : out.length === block.count ? [0n, hash] : splitHash(hash, out)
    fit = BigInt.asUintN(256, fit + kept)
    held = BigInt.asUintN(256, held + taken)
  }
  const shape = { ...dataset, origin: new Float64Array() }
  return {
    add(batch: Batch) {
      for (const block of cutter.add(batch)) consume(block)
    },
    finish() {
      for (const block of cutter.finish()) consume(block)
      return {
        fit: provenanceOf(shape, fit, 0n),
        whole: provenanceOf(shape, BigInt.asUintN(256, fit + held), 0n),
      }
    },
  }
}

/** @throws RetortError `data/not-finite` */
function requireFinite(evidence: Matrix, phi: Matrix, start: number): void {
  if (allFinite(evidence.data)) return
  const at = phi.data.findIndex((value) => !Number.isFinite(value))
  const example = start + Math.max(0, Math.floor(at / phi.cols))
  throw new RetortError({
    code: 'data/not-finite',
    message: `Example ${example} has a feature that is ${phi.data[at]}`,
    hint: 'Look for missing or infinite values in the data: retort inspect DATA',
    values: { example },
  })
}

function allFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false
  return true
}

/** Moves a row to its place among others; zeros are left behind. */
function moveRow({ cols, data }: Matrix, row: number, into: Matrix, at: number): void {
  const values = data.subarray(row * cols, (row + 1) * cols)
  into.data.set(values, at * cols)
  values.fill(0)
}

async function countHeldOut(count: number, isHeldOut: (index: number) => boolean): Promise<number> {
  let held = 0
  for (let index = 0; index < count; index++) {
    if (isHeldOut(index)) held++
    if (index % 2 ** 18 === 2 ** 18 - 1) await turn()
  }
  return held
}
