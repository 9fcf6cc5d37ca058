import type { Batch } from '#core/dataset'
import { RetortError } from '#core/errors'
import type { Blas } from '#linalg/blas'
import { createRowWriter } from './block-rows.ts'
import { blockRowsOf } from './canonical-blocks.ts'
import { createProductQueue } from './product-queue.ts'
import { hashExamples } from './provenance.ts'
import type { StatisticsRecord } from './record.ts'
import { createRecord, sizesOf, subtractSums, sumAt } from './record.ts'

/**
 * Removes examples from a record (unlearning) by subtraction; `start` of the batch is not used. For exact records the
 * sums are then, bit for bit, those of the remaining examples. For others they agree within the rounding of the block
 * that each example was once summed in.
 * The provenance keeps both: what was added and what was removed.
 * @throws RetortError `data/not-in-statistics` when the record cannot hold these examples; it is then unchanged.
 * That an example of the same class with plausible values was never added cannot be seen from sums.
 */
export async function removeExamples(
  record: StatisticsRecord,
  examples: Omit<Batch, 'start'>,
  blas: Blas,
): Promise<void> {
  const { count, inputs, targets } = examples
  if (count > record.count) throw notThere(`${count} examples of ${record.count}`)
  if (count === 0) return
  const leaving = createRecord(record.shape)
  const rows = Math.min(blockRowsOf(record.shape.elementType), count)
  const writer = createRowWriter(record.shape)
  const queue = createProductQueue(blas, writer, rows)
  writer.open({ inputs, targets, name: (row) => `Removed example ${row}` })
  for (let from = 0; from < count; from += rows) {
    const buffer = await queue.take()
    writer.append(buffer, from, Math.min(from + rows, count))
    queue.submit(buffer, leaving)
  }
  await queue.drain()
  leaving.count = count
  requirePlausible(record, leaving)
  await subtractSums(record, leaving)
  record.removed = BigInt.asUintN(256, record.removed + hashExamples(examples))
}

/** Sums over a part of the examples obey bounds that sums over others need not. */
function requirePlausible(record: StatisticsRecord, leaving: StatisticsRecord): void {
  const { inputSize, targetSize, size } = sizesOf(record.shape)
  const { target } = record.shape
  if (target.kind === 'class') {
    for (let c = 0; c < targetSize; c++) {
      const [there, wanted] = [record, leaving].map((part) => sumAt(part, inputSize + c, size - 1))
      if (wanted > there) throw notThere(`${wanted} examples of class '${target.names[c]}' of ${there}`)
    }
  }
  if (record.sums.kind !== 'exact') return
  const rest = record.count - leaving.count
  for (let j = 0; j < inputSize; j++) {
    const squares = sumAt(record, j, j) - sumAt(leaving, j, j)
    const sum = sumAt(record, j, size - 1) - sumAt(leaving, j, size - 1)
    // Cauchy and Schwarz: (Σ v)² ≤ n Σ v², with room for the rounding of large squares
    if (squares < 0 || sum * sum > rest * squares * (1 + 1e-12)) {
      throw notThere(`examples whose input ${j + 1} does not occur in them`)
    }
  }
}

function notThere(what: string): RetortError {
  return new RetortError({
    code: 'data/not-in-statistics',
    message: `These statistics cannot be rid of ${what}`,
    why: 'Only examples that were added can be removed.',
    hint: 'Remove examples of the dataset that the statistics were taken from.',
  })
}
