import { describe, expect, test } from 'vitest'
import { RetortError } from '#core/errors'
import { familyOf, kindOf, pairSplits, roleOf, stemOf } from '#data/pairing'

const named = (...names: string[]) => names.map((name) => ({ name }))

function pair(names: string[], wanted: { train?: string; test?: string } = {}) {
  const { train, test, notes } = pairSplits(named(...names), wanted)
  return { train: train.map(({ name }) => name), test: test.map(({ name }) => name), notes }
}

describe('what a name says', () => {
  test.each([
    ['train-images-idx3-ubyte.gz', 'train'],
    ['t10k-labels-idx1-ubyte', 'test'],
    ['optdigits.tra', 'train'],
    ['optdigits.tes', 'test'],
    ['adult.data', 'train'],
    ['adult.test', 'test'],
    ['data/validation-00000-of-00001.parquet', 'validation'],
    ['Xtest.npy', 'test'],
    ['trainLabels.csv', 'train'],
    ['train/part-3.csv', 'train'],
    ['latest.csv', undefined],
    ['constrained.npy', undefined],
  ])('%s: split %s', (name, role) => expect(roleOf(name)).toBe(role))

  test.each([
    ['train-images-idx3-ubyte.gz', 'inputs'],
    ['train-labels-idx1-ubyte.gz', 'labels'],
    ['X_train', 'inputs'],
    ['ytest', 'labels'],
    ['validation-embeddings.npy', 'inputs'],
    ['array_0', undefined],
  ])('%s: %s', (name, kind) => expect(kindOf(name)).toBe(kind))

  test('stems and families', () => {
    expect(stemOf('adult.data')).toBe(stemOf('adult.test'))
    expect(stemOf('adult.data')).not.toBe(stemOf('letter.data'))
    expect(familyOf('train-images-idx3-ubyte.gz')).toBe(familyOf('t10k-labels-idx1-ubyte.gz'))
    expect(familyOf('train-embeddings.npy')).toBe(familyOf('train-labels.csv'))
    expect(familyOf('a-train-images-idx3')).not.toBe(familyOf('b-train-images-idx3'))
  })
})

describe('pairing of splits', () => {
  test.each<[string[], string[], string[]]>([
    [['a.csv'], ['a.csv'], []],
    [['train.csv', 'test.csv'], ['train.csv'], ['test.csv']],
    [['adult.data', 'adult.test'], ['adult.data'], ['adult.test']],
    [['optdigits.tes', 'optdigits.tra'], ['optdigits.tra'], ['optdigits.tes']],
    [
      [
        'data/test-00000-of-00001.parquet',
        'data/train-00000-of-00002.parquet',
        'data/train-00001-of-00002.parquet',
      ],
      ['data/train-00000-of-00002.parquet', 'data/train-00001-of-00002.parquet'],
      ['data/test-00000-of-00001.parquet'],
    ],
    [['part-0.csv', 'part-1.csv'], ['part-0.csv', 'part-1.csv'], []],
    [['train.csv', 'test.csv', 'validation.csv'], ['train.csv'], ['test.csv']],
    [['train.csv', 'validation.csv'], ['train.csv'], ['validation.csv']],
    [['only-test.csv'], ['only-test.csv'], []],
  ])('%j', (names, train, test) => expect(pair(names)).toMatchObject({ train, test }))

  test('flags decide, and the counterpart of the training file is preferred', () => {
    const names = ['a-train.csv', 'a-test.csv', 'b-train.csv', 'b-test.csv', 'more.csv']
    expect(pair(names, { train: 'b-train.csv' })).toMatchObject({
      train: ['b-train.csv'],
      test: ['b-test.csv'],
    })
    expect(pair(names, { train: 'more.csv', test: 'a-test.csv' })).toMatchObject({
      train: ['more.csv'],
      test: ['a-test.csv'],
    })
    expect(pair(names, { train: 'more.csv' })).toMatchObject({
      test: [],
      notes: [expect.stringContaining('none was taken')],
    })
  })

  test('what is not clear is an error that names the files', () => {
    const code = (run: () => unknown) => {
      try {
        run()
      } catch (error) {
        return error instanceof RetortError ? [error.code, error.hint] : error
      }
    }
    expect(code(() => pair(['iris.csv', 'wine.csv']))).toEqual([
      'data/ambiguous-split',
      'Say which: --train iris.csv',
    ])
    expect(code(() => pair(['train.csv'], { train: 'trian.csv' }))).toEqual([
      'data/not-found',
      'Did you mean --train train.csv?',
    ])
  })
})
