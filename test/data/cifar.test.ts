import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openDataset } from '#data/open'
import { formatConformance } from '../conformance/formats.ts'
import { cifarFile, failureOf, openFiles, readAll } from './fixtures.ts'

const text = (lines: readonly string[]) => new TextEncoder().encode(lines.join('\n') + '\n')
const animals = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']
const cyclic = (row: number) => row % 10
const cifar10 = {
  'cifar-10-batches-bin/data_batch_1.bin': cifarFile(5, 1, [cyclic]),
  'cifar-10-batches-bin/data_batch_2.bin': cifarFile(4, 2, [cyclic]),
  'cifar-10-batches-bin/test_batch.bin': cifarFile(3, 3, [cyclic]),
  'cifar-10-batches-bin/batches.meta.txt': text(animals),
}
const cifar100 = {
  'cifar-100-binary/train.bin': cifarFile(6, 4, [(row) => row % 20, (row) => 99 - row]),
  'cifar-100-binary/test.bin': cifarFile(2, 5, [(row) => row, (row) => 40 + row]),
}

formatConformance('CIFAR-10', () => openFiles(cifar10))
formatConformance('CIFAR-100', () => openFiles(cifar100))

describe('CIFAR', () => {
  test('CIFAR-10: batches in order, planes to channels last, names', async () => {
    const dataset = await openFiles(cifar10)
    expect(dataset).toMatchObject({
      inputShape: [32, 32, 3],
      elementType: 'uint8',
      target: { kind: 'class', names: animals },
    })
    expect([dataset.splits.train.count, dataset.splits.test?.count]).toEqual([9, 3])
    const { inputs, targets } = await dataset.splits.train.at([6])
    expect(targets[0]).toBe(1)
    const record = cifar10['cifar-10-batches-bin/data_batch_2.bin'].subarray(3073 + 1, 2 * 3073)
    for (const [y, x, c] of [
      [0, 0, 0],
      [0, 1, 2],
      [31, 31, 1],
      [17, 5, 2],
    ]) {
      expect(inputs[(y * 32 + x) * 3 + c]).toBe(record[c * 1024 + y * 32 + x])
    }
  })

  test('CIFAR-100: fine labels, coarse ones when asked', async () => {
    const fine = await openFiles(cifar100)
    expect(fine.target.names).toHaveLength(100)
    expect(Array.from((await fine.splits.train.at([0, 5])).targets)).toEqual([99, 94])
    const coarse = await openFiles(cifar100, { target: 'coarse' })
    expect(coarse.target.names).toHaveLength(20)
    expect(Array.from((await coarse.splits.train.at([0, 5])).targets)).toEqual([0, 5])
    expect((await failureOf(cifar100, { target: 'corse' })).hint).toContain('--target coarse')
  })

  test('flags choose the batches', async () => {
    const dataset = await openFiles(cifar10, { train: 'cifar-10-batches-bin/data_batch_2.bin' })
    expect(dataset.splits.train.count).toBe(4)
  })

  test('faults', async () => {
    const cut = {
      ...cifar10,
      'cifar-10-batches-bin/data_batch_2.bin': cifarFile(4, 2, [cyclic]).subarray(0, -1),
    }
    expect((await failureOf(cut)).code).toBe('data/truncated')
    const label = { ...cifar10, 'cifar-10-batches-bin/data_batch_2.bin': cifarFile(4, 2, [() => 10]) }
    expect(await failureOf(label)).toMatchObject({
      code: 'data/label-out-of-range',
      values: { row: 5, label: 10 },
    })
    const one = { 'data_batch_1.bin': cifarFile(4, 2, [() => 3]) }
    expect((await failureOf(one)).code).toBe('data/one-class')
    expect((await failureOf({ ...cifar10, ...cifar100 })).code).toBe('data/ambiguous-split')
    const pickled = { 'cifar-10-batches-py/data_batch_1': new Uint8Array(9) }
    expect(await failureOf(pickled)).toMatchObject({
      code: 'data/unsupported',
      hint: expect.stringContaining('binary'),
    })
  })
})

const folder = process.env.RETORT_CIFAR10
describe.skipIf(!folder || !existsSync(folder))('CIFAR-10 (needs RETORT_CIFAR10, an unpacked folder)', () => {
  test('opens whole', async () => {
    const dataset = await openDataset(folder ?? '')
    expect(dataset.target.names).toEqual(animals)
    expect(await readAll(dataset)).toBe(60000)
  })
})
