import type { Batch, InputArray } from '#core/dataset'
import { sha256, sha256Hex } from '#core/hash'
import type { CanonicalBlock } from './canonical-blocks.ts'
import type { RecordShape } from './record.ts'

/**
 * What went into a record, as a hash of a multiset: SHA-256 of every canonical block, added up modulo 2²⁵⁶. Addition
 * makes it independent of order and sharding, canonical blocks make it independent of the batch size.
 */

/** Hash of a canonical block: its index, which of its rows are there, their inputs and their targets. */
export function hashBlock(block: CanonicalBlock, blockRows: number): bigint {
  const head = new Uint8Array(8 + Math.ceil(blockRows / 8))
  new DataView(head.buffer).setBigUint64(0, BigInt(block.index), true)
  for (let i = 0; i < block.count; i++) {
    const row = block.rows ? block.rows[i] : i
    head[8 + (row >> 3)] |= 1 << (row & 7)
  }
  return BigInt(
    `0x${sha256().update(head).update(bytesOf(block.inputs)).update(bytesOf(block.targets)).digest()}`,
  )
}

/**
 * Splits the hash of a block whose rows go to two records: what the second gets depends on the block and on its rows,
 * and the two add up to the hash of the block, so that merging the records gives the hash of the undivided data.
 * @param held which rows of the block go to the second record, ascending
 */
export function splitHash(hash: bigint, held: readonly number[]): [first: bigint, second: bigint] {
  const second = BigInt(`0x${sha256Hex(`${hash.toString(16)} rows ${held.join(' ')}`)}`)
  return [BigInt.asUintN(256, hash - second), second]
}

/** Sum of the hashes of single examples: inputs and target, wherever they stood. */
export function hashExamples({ count, inputs, targets }: Omit<Batch, 'start'>): bigint {
  const width = inputs.length / count
  const targetWidth = targets.length / count
  let sum = 0n
  for (let i = 0; i < count; i++) {
    const hex = sha256()
      .update(bytesOf(inputs.subarray(i * width, (i + 1) * width)))
      .update(bytesOf(targets.subarray(i * targetWidth, (i + 1) * targetWidth)))
      .digest()
    sum += BigInt(`0x${hex}`)
  }
  return BigInt.asUintN(256, sum)
}

/** Hash of a whole record: 64 hexadecimal digits. */
export function provenanceOf(shape: RecordShape, added: bigint, removed: bigint): string {
  const { inputShape, elementType, target } = shape
  return sha256Hex(
    JSON.stringify([
      'retort provenance 1',
      [...inputShape],
      elementType,
      target.kind,
      target.names,
      added.toString(16),
      removed.toString(16),
    ]),
  )
}

function bytesOf(array: InputArray | Int32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
