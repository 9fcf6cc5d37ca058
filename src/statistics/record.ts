import type { Dataset, Target } from '#core/dataset'
import { RetortError } from '#core/errors'
import { matrix } from '#core/matrix'
import type { BinnedSums } from './binned-sums.ts'
import { addBinnedSums, binnedValue, createBinnedSums, mostAddends } from './binned-sums.ts'
import type { ExactSums } from './exact-sums.ts'
import { addExactSums, createExactSums } from './exact-sums.ts'
import { byRows } from './by-rows.ts'
import { rowStart } from './packed-triangle.ts'
import { provenanceOf } from './provenance.ts'
import type { RawStatistics } from './statistics.ts'

/** What must agree before two records may be added. */
export interface RecordShape {
  readonly inputShape: readonly number[]
  readonly elementType: Dataset['elementType']
  readonly target: Target
  /** Length p: sums are of x − origin. */
  readonly origin: Float64Array
}

/**
 * Running sums of z zᵀ with z = (x − origin, y, 1): everything that `Statistics` holds is one of its blocks. Exact
 * integers for 8-bit inputs with class targets, order-free floating-point sums otherwise.
 */
export interface StatisticsRecord {
  readonly shape: RecordShape
  readonly sums: ExactSums | BinnedSums
  count: number
  /** Sums modulo 2²⁵⁶ of the hashes of what was added and of what was removed. */
  added: bigint
  removed: bigint
}

/** Every integer of an exact record, raw inputs included, stays below 2⁵³ up to this many examples. */
export const mostExactExamples = Math.floor(2 ** 53 / 255 ** 2)
/** Origin of 8-bit inputs: x − 128 fits a signed byte, and products of 1024 rows fit float32. */
export const byteOrigin = 128

/** Products that may be on their way to a record while another block is begun. */
const addendsInFlight = 8

export function isExactShape({ elementType, target }: Pick<RecordShape, 'elementType' | 'target'>): boolean {
  return elementType === 'uint8' && target.kind === 'class'
}

/** Number of inputs p, targets k, and the side p + k + 1 of the sums. */
export function sizesOf({ origin, target }: RecordShape) {
  const inputSize = origin.length
  const targetSize = target.names.length
  return { inputSize, targetSize, size: inputSize + targetSize + 1 }
}

/** A record of no examples. The origin of exact records is 128 throughout. */
export function createRecord(shape: RecordShape): StatisticsRecord {
  const { size } = sizesOf(shape)
  const sums = isExactShape(shape) ? createExactSums(size) : createBinnedSums(size)
  return { shape, sums, count: 0, added: 0n, removed: 0n }
}

/**
 * The record of all examples of several, whatever their order.
 * @throws RetortError `data/statistics-differ` when they are not of the same kind of examples,
 * `data/too-many-examples`
 */
export async function mergeRecords(
  records: readonly [StatisticsRecord, ...StatisticsRecord[]],
): Promise<StatisticsRecord> {
  const whole = createRecord(records[0].shape)
  for (const record of records) await addRecord(whole, record)
  return whole
}

/** into ← into + record */
export async function addRecord(into: StatisticsRecord, record: StatisticsRecord): Promise<void> {
  requireSameShape(into.shape, record.shape)
  requireRoom(into, record.count)
  await addSums(into, record, 1)
  into.count += record.count
  into.added = BigInt.asUintN(256, into.added + record.added)
  into.removed = BigInt.asUintN(256, into.removed + record.removed)
}

/** into ← into − examples; the caller keeps the hashes. */
export async function subtractSums(into: StatisticsRecord, examples: StatisticsRecord): Promise<void> {
  await addSums(into, examples, -1)
  into.count -= examples.count
}

async function addSums(into: StatisticsRecord, from: StatisticsRecord, sign: 1 | -1): Promise<void> {
  if (into.sums.kind === 'exact' && from.sums.kind === 'exact') await addExactSums(into.sums, from.sums, sign)
  if (into.sums.kind === 'binned' && from.sums.kind === 'binned') {
    if (into.sums.addends + from.sums.addends > mostAddends) throw tooMany(into.count + from.count)
    await addBinnedSums(into.sums, from.sums, sign)
  }
}

/** @throws RetortError `data/too-many-examples` when the sums could lose exactness */
export function requireRoom(record: StatisticsRecord, more: number): void {
  const { sums, count } = record
  const full =
    sums.kind === 'exact' ? count + more > mostExactExamples : sums.addends + addendsInFlight > mostAddends
  if (full) throw tooMany(count + more)
}

/** Value (i, j) of the sums, i ≤ j, as float64. */
export function sumAt({ sums }: StatisticsRecord, i: number, j: number): number {
  const t = rowStart(sums.size, i) + j - i
  return sums.kind === 'exact' ? sums.values[t] : binnedValue(sums, t)
}

/** The sums of a record as matrices. The record stays usable. */
export async function finishRecord(record: StatisticsRecord): Promise<RawStatistics> {
  const { shape, sums, count } = record
  const { inputSize: p, targetSize: k, size } = sizesOf(shape)
  const shiftedGram = matrix(p, p)
  const shiftedCross = matrix(k, p)
  const shiftedSum = new Float64Array(p)
  const targetSum = new Float64Array(k)
  const targetGram = matrix(k, k)
  const at = (t: number): number => (sums.kind === 'exact' ? sums.values[t] : binnedValue(sums, t))
  await byRows(p, 2 * p, (i) => {
    const start = rowStart(size, i) - i
    for (let j = i; j < p; j++) {
      const value = at(start + j)
      shiftedGram.data[i * p + j] = value
      shiftedGram.data[j * p + i] = value
    }
    for (let c = 0; c < k; c++) shiftedCross.data[c * p + i] = at(start + p + c)
    shiftedSum[i] = at(start + p + k)
  })
  for (let c = 0; c < k; c++) {
    const start = rowStart(size, p + c) - c
    for (let d = c; d < k; d++) {
      targetGram.data[c * k + d] = targetGram.data[d * k + c] = at(start + d)
    }
    targetSum[c] = at(start + k)
  }
  return {
    count,
    inputSize: p,
    targetSize: k,
    origin: shape.origin,
    shiftedGram,
    shiftedCross,
    shiftedSum,
    targetSum,
    targetGram,
    exact: sums.kind === 'exact',
    provenance: provenanceOf(shape, record.added, record.removed),
  }
}

/** @throws RetortError `data/statistics-differ` naming the first difference */
export function requireSameShape(a: RecordShape, b: RecordShape): void {
  const differing = (
    [
      ['element type', a.elementType, b.elementType],
      ['input shape', a.inputShape.join(' × '), b.inputShape.join(' × ')],
      ['kind of target', a.target.kind, b.target.kind],
      ['target names', a.target.names.join(', '), b.target.names.join(', ')],
      ['origin', a.origin.join(' '), b.origin.join(' ')],
    ] as const
  ).find(([, one, other]) => one !== other)
  if (!differing) return
  const [what, one, other] = differing
  throw new RetortError({
    code: 'data/statistics-differ',
    message:
      what === 'origin'
        ? 'These statistics were not taken about the same origin'
        : `These statistics have a different ${what}: ${shortened(one)} and ${shortened(other)}`,
    why: 'Only statistics of the same dataset add up.',
    hint: 'Take the statistics of all parts from the same dataset with the same options: retort statistics DATA --shard i/n -o part',
    values: { what },
  })
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function tooMany(count: number): RetortError {
  return new RetortError({
    code: 'data/too-many-examples',
    message: `${count} examples are more than these statistics can hold without rounding`,
    hint: 'Take the statistics of a part of the dataset.',
    values: { count },
  })
}
