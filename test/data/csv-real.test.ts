import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { csv } from '#data/formats/csv'
import { localSource } from '#data/local-place'
import { dataRoot, realData } from '../real-data.ts'

async function open(...paths: [string, string][]) {
  const files = paths.map((parts) => localSource(realData(...parts), basename(parts[1])))
  const place = { path: realData(...paths[0]), files }
  expect(await csv.matches(place)).toBe(true)
  return csv.open(place, {})
}

/** The file as plain fields, parsed in the simplest way. */
const fields = (...parts: string[]): string[][] =>
  readFileSync(realData(...parts), 'utf8')
    .split('\n')
    .filter((line) => line.includes(','))
    .map((line) => line.split(',').map((field) => field.trim()))

const all = (count: number) => Array.from({ length: count }, (_, i) => i)

describe.skipIf(!dataRoot)('real tables without flags (needs RETORT_DATA)', () => {
  it.each([
    ['iris.csv', 150, 4, ['setosa', 'versicolor', 'virginica']],
    ['wine_data.csv', 178, 13, ['class_0', 'class_1', 'class_2']],
    ['breast_cancer.csv', 569, 30, ['malignant', 'benign']],
  ])('reads %s with its class names', async (file, count, columns, names) => {
    const { splits, target, inputShape } = await open(['tabular', file])
    expect(target).toEqual({ kind: 'class', names })
    expect(inputShape).toEqual([columns])
    const batch = await splits.train.at(all(count))
    const lines = fields('tabular', file)
      .slice(1)
      .map((row) => row.map(Number))
    expect([...batch.inputs]).toEqual(lines.flatMap((row) => row.slice(0, -1)))
    expect([...batch.targets]).toEqual(lines.map((row) => row.at(-1)))
  })

  it('reads letters, whose class stands first', async () => {
    const { splits, target, inputShape, notes } = await open(['tabular', 'letter-recognition.data'])
    expect(target.names.join('')).toBe('ABCDEFGHIJKLMNOPQRSTUVWXYZ')
    expect(inputShape).toEqual([16])
    expect(notes).toEqual([])
    const { inputs, targets } = await splits.train.at(all(20_000))
    const lines = fields('tabular', 'letter-recognition.data')
    expect([...inputs]).toEqual(lines.flatMap((row) => row.slice(1).map(Number)))
    expect(Array.from(targets, (label) => target.names[label])).toEqual(lines.map(([letter]) => letter))
  })

  it('reads the digits pair', async () => {
    const { splits, target, inputShape, notes } = await open(
      ['digits', 'optdigits.tra'],
      ['digits', 'optdigits.tes'],
    )
    expect(target.names).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect(inputShape).toEqual([64])
    expect(notes).toEqual([])
    expect(splits.train.count).toBe(3823)
    const { inputs, targets } = await splits.test!.at(all(1797))
    const lines = fields('digits', 'optdigits.tes').map((row) => row.map(Number))
    expect([...inputs]).toEqual(lines.flatMap((row) => row.slice(0, 64)))
    expect([...targets]).toEqual(lines.map((row) => row[64]))
  })

  it('reads the Adult pair: categories by the training file, labels with a trailing dot', async () => {
    const { splits, target, columns, notes } = await open(
      ['tabular', 'adult.data'],
      ['tabular', 'adult.test'],
    )
    expect(target).toEqual({ kind: 'class', names: ['<=50K', '>50K'] })
    expect(splits.train.count).toBe(32_561)
    expect(splits.test!.count).toBe(16_281)
    expect(notes).toEqual([])
    const width = columns!.length
    for (const [split, file] of [
      [splits.train, 'adult.data'],
      [splits.test!, 'adult.test'],
    ] as const) {
      const lines = fields('tabular', file)
      const { inputs, targets } = await split.at(all(split.count))
      lines.forEach((row, i) => {
        const expected = new Float64Array(width)
        row.slice(0, 14).forEach((field, j) => {
          const category = columns!.indexOf(`x${j}=${field}`)
          expected[category < 0 ? columns!.indexOf(`x${j}`) : category] = category < 0 ? Number(field) : 1
        })
        if (!expected.every((value, j) => value === inputs[i * width + j])) expect.fail(`${file}, row ${i}`)
        expect(targets[i]).toBe(row[14].startsWith('>') ? 1 : 0)
      })
    }
  })
})
