import { zipSync } from 'fflate'
import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import type { Dataset } from '#core/dataset'
import { RetortError } from '#core/errors'
import { randomStream } from '#core/random'
import type { OpenOptions } from '#data/formats/format'
import { openPlace } from '#data/open'
import { bytesSource } from '#data/source'

/** Small files, written by the letter of their formats. */

export type Files = Readonly<Record<string, Uint8Array>>

/** Opens files in memory as though they lay in a folder. */
export function openFiles(files: Files, options: OpenOptions = {}): Promise<Dataset> {
  const names = Object.keys(files).sort()
  return openPlace({ path: 'memory', files: names.map((name) => bytesSource(name, files[name])) }, options)
}

/** Opens and reads all of it, at last; the error of either. */
export async function failureOf(files: Files, options: OpenOptions = {}): Promise<RetortError> {
  try {
    const dataset = await openFiles(files, options)
    await readAll(dataset)
  } catch (error) {
    expect(error).toBeInstanceOf(RetortError)
    if (error instanceof RetortError) {
      expect(error.hint).not.toBe('')
      return error
    }
  }
  throw new Error('nothing failed')
}

export async function readAll(dataset: Dataset): Promise<number> {
  let count = 0
  for (const split of [dataset.splits.train, dataset.splits.test]) {
    for await (const batch of split?.batches({ size: 1000 }) ?? []) count += batch.count
  }
  return count
}

/** Reproducible bytes. */
export function randomBytes(length: number, seed: number, bound = 256): Uint8Array {
  const random = randomStream(seed, 'bytes')
  return Uint8Array.from({ length }, () => random.integer(bound))
}

/** Labels that hold every class. */
export function randomLabels(length: number, seed: number, classes = 10): Uint8Array {
  return randomBytes(length, seed, classes).map((label, i) => (i < classes ? i : label))
}

/** An IDX file of the given element type; `values` are its bytes, big-endian. */
export function idxFile(type: number, shape: readonly number[], values: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + values.length)
  const view = new DataView(bytes.buffer)
  bytes.set([0, 0, type, shape.length])
  shape.forEach((side, i) => view.setUint32(4 + 4 * i, side))
  bytes.set(values, 4 + 4 * shape.length)
  return bytes
}

/** An NPY file, version 1 unless said; `values` are its bytes. */
export function npyFile(
  descr: string,
  shape: readonly number[],
  values: ArrayBufferView,
  { version = 1, fortran = false } = {},
): Uint8Array {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dictionary = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${sides}), }`
  const prefix = version === 1 ? 10 : 12
  const header = new TextEncoder().encode(
    dictionary.padEnd(Math.ceil((dictionary.length + 1 + prefix) / 64) * 64 - prefix - 1) + '\n',
  )
  const bytes = new Uint8Array(prefix + header.length + values.byteLength)
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), version, 0])
  const view = new DataView(bytes.buffer)
  if (version === 1) view.setUint16(8, header.length, true)
  else view.setUint32(8, header.length, true)
  bytes.set(header, prefix)
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), prefix + header.length)
  return bytes
}

/** A ZIP archive; level 0 stores. */
export function zipFile(members: Files, level: 0 | 6): Uint8Array {
  return zipSync({ ...members }, { level })
}

export function gzipFile(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(gzipSync(bytes))
}

/** `count` records of a CIFAR file with `labels` label bytes each. */
export function cifarFile(
  count: number,
  seed: number,
  labels: readonly ((row: number) => number)[],
): Uint8Array {
  const rowBytes = labels.length + 3072
  const bytes = randomBytes(count * rowBytes, seed)
  for (let row = 0; row < count; row++) labels.forEach((label, i) => (bytes[row * rowBytes + i] = label(row)))
  return bytes
}
