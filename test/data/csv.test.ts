import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Dataset, Split } from '#core/dataset'
import { randomStream } from '#core/random'
import type { ByteWindow } from '#data/formats/byte-window'
import { columnProfiles } from '#data/formats/column-profile'
import { csv } from '#data/formats/csv'
import { csvTable } from '#data/formats/csv-table'
import type { OpenOptions } from '#data/formats/format'
import { textDictionary } from '#data/formats/table'
import { inputPlan } from '#data/formats/table-inputs'
import { tableSplit } from '#data/formats/table-split'
import { targetPlan } from '#data/formats/table-target'
import { bytesSource } from '#data/source'
import { formatConformance } from '../conformance/formats.ts'

/** Opens files given as name → text (or bytes). */
function open(files: Record<string, string | Uint8Array>, options: OpenOptions = {}): Promise<Dataset> {
  const sources = Object.entries(files).map(([name, content]) =>
    bytesSource(name, typeof content === 'string' ? new TextEncoder().encode(content) : content),
  )
  return csv.open({ path: Object.keys(files)[0], files: sources }, options)
}

/** All rows of a split: inputs, then targets. */
async function rows(split: Split, size = 3, start = 0, end = split.count): Promise<number[][]> {
  const result: number[][] = []
  for await (const { count, inputs, targets } of split.batches({ size, start, end })) {
    const p = inputs.length / count
    const k = targets.length / count
    for (let i = 0; i < count; i++) {
      result.push([...inputs.subarray(i * p, (i + 1) * p), ...targets.subarray(i * k, (i + 1) * k)])
    }
  }
  return result
}

function bytesWindow(text: string): ByteWindow {
  const bytes = new TextEncoder().encode(text)
  return { name: 'a.csv', byteLength: bytes.length, read: async (start, end) => bytes.slice(start, end) }
}

const failure = (code: string, values: Record<string, unknown> = {}) =>
  expect.objectContaining({ code, values: expect.objectContaining(values), hint: expect.stringMatching(/./) })

const pets = Array.from(
  { length: 40 },
  (_, i) => `${i / 4},${['red', 'blue', '?'][i % 3]},${i % 5 || 'NA'},${i % 2}`,
)
const petHeader = 'size,colour,legs,kind'
formatConformance('CSV', () =>
  open({
    'pets-train.csv': [petHeader, ...pets, '1,red,4,?'].join('\n'),
    'pets-test.csv': [petHeader, ...pets.slice(3, 20)].join('\n'),
  }),
)
formatConformance('CSV with real targets, gzipped', () =>
  open({ 'pets.csv.gz': gzipSync([petHeader, ...pets].join('\r\n')) }, { target: 'size,legs' }),
)

describe('csv dialect', () => {
  const table = [
    ['height', 'colour', 'kind'],
    ['1.5', 'red', 'cat'],
    ['-2e1', 'blue', 'dog'],
    ['.25', 'red', 'cat'],
  ]
  const expected = [
    [1.5, 0, 1, 0],
    [-20, 1, 0, 1],
    [0.25, 0, 1, 0],
  ]

  it.each([
    [',', '\n'],
    [';', '\r\n'],
    ['\t', '\n'],
    ['|', '\r\n'],
    [', ', '\n'],
  ])(
    'reads fields cut by %j and lines ended by %j, with or without quotes and BOM',
    async (delimiter, end) => {
      for (const quoted of [(f: string) => f, (f: string) => `"${f}"`]) {
        for (const [bom, last] of [
          ['', end],
          ['\ufeff', ''],
        ]) {
          const text = bom + table.map((row) => row.map(quoted).join(delimiter)).join(end) + last
          const dataset = await open({ 'pets.csv': text })
          expect(dataset.columns).toEqual(['height', 'colour=blue', 'colour=red'])
          expect(dataset.target).toEqual({ kind: 'class', names: ['cat', 'dog'] })
          expect(await rows(dataset.splits.train)).toEqual(expected)
        }
      }
    },
  )

  it('keeps delimiters, quotes and line breaks within quoted fields', async () => {
    const text = 'size,what\n1,"a, b"\n2,"c ""d"""\n3,"e\nf"\n4,"a, b"\n5,"c ""d"""\n'
    const { target, splits } = await open({ 'a.csv': text })
    expect(target.names).toEqual(['a, b', 'c "d"', 'e\nf'])
    expect(await rows(splits.train)).toEqual([[1, 0], [2, 1], [3, 2], [4, 0], [5, 1]]) // prettier-ignore
  })

  it('tells a header from data, and obeys when told', async () => {
    const names = async (text: string, options?: OpenOptions) =>
      (await open({ 'a.csv': text }, options)).columns
    expect(await names('a,b,c\n1,2,0\n3,4,1\n')).toEqual(['a', 'b'])
    expect(await names('7,2,0\n3,4,1\n')).toEqual(['x0', 'x1'])
    expect(await names('0,1,2,label\n5,6,7,a\n8,9,9,b\n')).toEqual(['0', '1', '2'])
    expect(await names('x,y,p\nx,z,e\nw,y,p\n')).toEqual(['x0=w', 'x0=x', 'x1=y', 'x1=z'])
    expect(await names('cap,odour,kind\nx,z,e\nw,y,p\nx,y,p\n')).toEqual([
      'cap=w',
      'cap=x',
      'odour=y',
      'odour=z',
    ])
    expect(await names('red,size,y\nred,1,0\nblue,2,1\n')).toEqual(['red=blue', 'red=red', 'size'])
    expect(await names('9,8,label\n5,6,a\n8,9,b\n', { header: true })).toEqual(['9', '8'])
    expect(await names('a,b,c\n1,2,3\n1,2,3\n', { header: false, target: '1' })).toContain('x0=a')
    expect(await names('u,,u\n1,2,0\n3,4,1\n', { target: '0' })).toEqual([
      'x1',
      'x1 missing',
      'x2=0',
      'x2=1',
      'x2=u',
    ])
  })

  it('names the classes from a first line in the style of scikit-learn', async () => {
    const text = '4,2,rose,lily\n1,2,1\n3,4,0\n5,6,1\n7,8,0\n'
    const { name, target, splits, columns, notes } = await open({ 'flowers.csv': text })
    expect(name).toBe('flowers')
    expect(notes).toEqual([])
    expect((await open({ 'a.csv': text.slice(0, -6) })).notes.join()).toMatch(/announces 4 rows; it has 3/)
    expect(target).toEqual({ kind: 'class', names: ['rose', 'lily'] })
    expect(columns).toEqual(['x0', 'x1'])
    expect((await rows(splits.train))[0]).toEqual([1, 2, 1])
  })

  it('reads UTF-8, falls back to Windows-1252, and refuses UTF-16', async () => {
    const text = 'size,city\n1,Zürich\n2,Bern\n'
    expect((await open({ 'a.csv': text })).target.names).toEqual(['Bern', 'Zürich'])
    expect((await open({ 'a.csv': Buffer.from(text, 'latin1') })).target.names).toEqual(['Bern', 'Zürich'])
    await expect(open({ 'a.csv': Buffer.from('\ufeff' + text, 'utf16le') })).rejects.toThrow(
      failure('data/unsupported'),
    )
  })

  it('reads gzip, whatever it is called', async () => {
    const { splits } = await open({ 'a.csv.gz': gzipSync('a,b,y\n1,2,0\n3,4,1\n5,6,0\n') })
    expect(await rows(splits.train)).toEqual([[1, 2, 0], [3, 4, 1], [5, 6, 0]]) // prettier-ignore
  })
})

describe('csv target', () => {
  const kind = async (text: string, options?: OpenOptions) => (await open({ 'a.csv': text }, options)).target

  it('is the column asked for, the one named as a target, the only text without a header, or the last', async () => {
    const text = 'a,label,b\n1,0,0.5\n2,1,0.25\n3,0,0.125\n4,1,0.75\n'
    expect(await kind(text)).toEqual({ kind: 'class', names: ['0', '1'] })
    expect(await kind(text, { target: 'b' })).toEqual({ kind: 'real', names: ['b'] })
    expect(await kind(text, { target: '2' })).toEqual({ kind: 'real', names: ['b'] })
    expect(await kind(text, { target: '-1' })).toEqual({ kind: 'real', names: ['b'] })
    expect(await kind(text, { target: 'b, a' })).toEqual({ kind: 'real', names: ['b', 'a'] })
    expect(await kind('a,b\n0.5,1.5\n1.5,2.5\n')).toEqual({ kind: 'real', names: ['b'] })
    expect(await kind('city,area,price\np,1,0.5\nq,2,1.5\n')).toEqual({ kind: 'real', names: ['price'] })
    expect(await kind('q,2,8\nr,3,9\nq,5,9\n')).toEqual({ kind: 'class', names: ['q', 'r'] })
  })

  it('reads whole numbers as classes where they count without a gap or are few, unless told otherwise', async () => {
    const column = (values: number[]) => values.map((v) => `0.5,${v}`).join('\n')
    const repeat = (values: number[], times: number) =>
      values.flatMap((v) => new Array<number>(times).fill(v))
    expect(await kind(column([2, 1, 3, 3, 1, 2]))).toEqual({ kind: 'class', names: ['1', '2', '3'] })
    expect(await kind(column([-1, 1, -1, 1]))).toMatchObject({ kind: 'real' })
    expect(await kind(column(repeat([-1, 1], 20)))).toEqual({ kind: 'class', names: ['-1', '1'] })
    expect(await kind(column(repeat([10, 9, 100], 20)))).toEqual({ kind: 'class', names: ['9', '10', '100'] })
    expect(await kind(column([12, 31, 45, 50]))).toMatchObject({ kind: 'real' })
    expect(await kind(column([0, 1, 2, 3]))).toMatchObject({ kind: 'real' })
    expect(await kind(column([12, 31, 12, 31]), { targetKind: 'class' })).toMatchObject({
      names: ['12', '31'],
    })
    expect(await kind(column([1, 2, 1, 2]), { targetKind: 'real' })).toEqual({ kind: 'real', names: ['x1'] })
  })

  it('gives several real columns row by row', async () => {
    const { splits, columns } = await open({ 'a.csv': 'a,u,b,v\n1,2,3,4.5\n5,6,7,8.5\n' }, { target: 'v,u' })
    expect(columns).toEqual(['a', 'b'])
    expect(await rows(splits.train)).toEqual([[1, 3, 4.5, 2], [5, 7, 8.5, 6]]) // prettier-ignore
  })

  it('refuses what cannot be a target', async () => {
    const text = 'age,name,y\n1,p,0\n2,q,1\n3,r,0\n'
    await expect(open({ 'a.csv': text }, { target: 'aeg' })).rejects.toThrow(failure('usage/target'))
    await expect(open({ 'a.csv': text }, { target: '3' })).rejects.toThrow(failure('usage/target'))
    await expect(open({ 'a.csv': text }, { target: 'age,y', targetKind: 'class' })).rejects.toThrow(
      failure('usage/target'),
    )
    await expect(open({ 'a.csv': text }, { target: 'name', targetKind: 'real' })).rejects.toThrow(
      failure('usage/target-kind', { column: 'name', text: 'p' }),
    )
    const names = Array.from({ length: 300 }, (_, i) => `${i},name ${i}`).join('\n')
    await expect(open({ 'a.csv': names })).rejects.toThrow(failure('data/too-many-classes', { rows: 300 }))
  })
})

describe('csv values', () => {
  it('imputes missing numbers with the mean and marks them, makes missing a category, drops rows without target', async () => {
    const text = 'age,job,y\n10,cook,0.5\n?,,1.5\n20,?,NA\nNA,cook,2.5\n30,smith,3.5\n'
    const { columns, splits, notes } = await open({ 'a.csv': text })
    expect(columns).toEqual(['age', 'age missing', 'job=?', 'job=cook', 'job=smith'])
    expect(await rows(splits.train, 2)).toEqual([
      [10, 0, 0, 1, 0, 0.5],
      [20, 1, 1, 0, 0, 1.5],
      [20, 1, 0, 1, 0, 2.5],
      [30, 0, 0, 0, 1, 3.5],
    ])
    expect(notes.join('\n')).toMatch(/2 missing values of "age"[^]*1 of 5 rows of a.csv have no target/)
  })

  it('leaves out, with a note, columns that are empty, count the rows, or hold too many texts', async () => {
    const lines = Array.from({ length: 150 }, (_, i) => `${i + 1},text ${i},,${i % 7},${i % 2}`)
    const { columns, notes } = await open({ 'a.csv': ['id,words,none,a,y', ...lines].join('\n') })
    expect(columns).toEqual(['a'])
    expect(notes).toHaveLength(3)
    const known = await open({ 'a.csv': 'id,y\n1,0\n2,1\n4,0\n' }, { targetKind: 'class' })
    expect(known.columns).toEqual(['id'])
    await expect(open({ 'a.csv': 'id,y\n1,0\n2,1\n3,0\n' })).rejects.toThrow(failure('data/no-inputs'))
  })

  it('one-hot encodes up to 20 levels, then up to a tenth of the rows and 100', async () => {
    const width = async (levels: number, count: number) => {
      const lines = Array.from({ length: count }, (_, i) => `level ${i % levels},${i % 7},${i % 2}`)
      return (await open({ 'a.csv': ['a,b,y', ...lines].join('\n') })).columns?.length
    }
    expect(await width(20, 60)).toBe(21)
    expect(await width(21, 60)).toBe(1)
    expect(await width(50, 500)).toBe(51)
    expect(await width(51, 500)).toBe(1)
    expect(await width(100, 3000)).toBe(101)
    expect(await width(101, 3000)).toBe(1)
    const texts = Array.from({ length: 25_000 }, (_, i) => `text ${i},${i % 7},${i % 2}`)
    const { columns, notes } = await open({ 'a.csv': ['a,b,y', ...texts].join('\n') })
    expect(columns).toEqual(['b'])
    expect(notes.join()).toMatch(/very many distinct values in 25000 rows/)
  })

  it('reads the test file by the columns, means, categories and classes of the training file', async () => {
    const train = 'a,job,y\n1,cook,<5\n3,smith,>5\n,cook,<5\n'
    const test = '|remark\na,job,y\n7,nurse,>5.\n,smith,<5.\n5,,\n'
    const { splits, notes } = await open({ 'jobs.data': train, 'jobs.test': test })
    expect(await rows(splits.test!)).toEqual([
      [7, 0, 0, 0, 1],
      [2, 1, 0, 1, 0],
    ])
    expect(notes.join('\n')).toMatch(/1 of 3 rows of jobs.test[^]*2 test values belong to no category/)
    await expect(
      open({ 'jobs.data': train, 'jobs.test': 'a,job,y\n1,cook,=5\n2,cook,>5\n' }),
    ).rejects.toThrow(failure('data/label-out-of-range', { position: 2, text: '=5' }))
    const stray = 'a,job,y\n1,cook,<5\nmany,cook,>5\n'
    await expect(open({ 'jobs.data': train, 'jobs.test': stray })).rejects.toThrow(
      failure('data/mixed-column', { column: 'a', position: 3 }),
    )
  })

  it('joins the shards of a split', async () => {
    const { splits, source } = await open({
      'train-0.csv': 'a,y\n1,0\n2,1\n',
      'train-1.csv': 'a,y\n3,0\n4,1\n',
      'test.csv': 'a,y\n5,0\n',
    })
    expect(await rows(splits.train)).toEqual([[1, 0], [2, 1], [3, 0], [4, 1]]) // prettier-ignore
    expect(await rows(splits.test!)).toEqual([[5, 0]])
    expect(source.files).toEqual(['train-0.csv', 'train-1.csv', 'test.csv'])
  })

  it.each([
    ['data/ragged-row', 'a,b,y\n1,2,0\n1,2\n', { line: 3, found: 2, needed: 3 }],
    ['data/ragged-row', 'a,b,y\n1,2,0\n\n"x\ny",2,0\n1,2,0,9\n', { line: 6, found: 4, needed: 3 }],
    ['data/not-finite', 'a,b,y\n1,2,0\n1,-inf,1\n', { line: 3, column: 1 }],
    ['data/not-finite', 'a,b,y\n1,2,0\n1,1e999,1\n', { line: 3, column: 1 }],
    ['data/corrupt', 'a,b,y\n1,"2,0\n1,2,1\n', { line: 2 }],
    ['data/one-column', 'a\n1\n2\n', {}],
    ['data/empty', 'a,b,y\n', {}],
    ['data/empty', '\n\n', {}],
    ['usage/target', 'a,b,y\n1,2,\n1,3,NA\n', {}],
    ['data/one-class', 'a,b,y\n1,2,p\n1,3,p\n', { classes: 1 }],
  ])('refuses with %s: %j', async (code, text, values) => {
    await expect(open({ 'a.csv': text })).rejects.toThrow(failure(code, values))
  })

  it('refuses a stray text among many numbers, naming its line', async () => {
    const lines = Array.from({ length: 2000 }, (_, i) => `${i === 1500 ? 'abc' : i / 7},${i % 2}`)
    await expect(open({ 'a.csv': ['a,y', ...lines].join('\n') })).rejects.toThrow(
      failure('data/mixed-column', { column: 'a', text: 'abc', position: 1502 }),
    )
  })
})

describe('csv in many blocks', () => {
  const random = randomStream(1, 'csv')
  const values = Array.from({ length: 30_000 }, (_, i) => [
    Math.fround(random.normal()),
    i % 97 === 0 ? NaN : random.integer(1000) / 8,
    i % 3,
  ])
  const line = (quoted: boolean) => (row: number[], i: number) => {
    const [a, b, c] = row.map((v) => (Number.isNaN(v) ? '' : String(v)))
    return quoted && i % 1000 === 999 ? `"${a}",${b},"class\n ${c}"` : `${a},${b},class ${c}`
  }
  const known = values.map(([, b]) => b).filter((b) => !Number.isNaN(b))
  const mean = known.reduce((sum, b) => sum + b, 0) / known.length
  const expected = values.map(([a, b, c]) => [a, Number.isNaN(b) ? mean : b, Number.isNaN(b) ? 1 : 0, c])

  it('gives every row once, in order, from any start, also picked, plain and gzipped', async () => {
    const text = values.map(line(false)).join('\n')
    for (const content of [new TextEncoder().encode(text), gzipSync(text)]) {
      const { train } = (await open({ 'a.csv': content })).splits
      expect(train.count).toBe(values.length)
      expect(await rows(train, 4096)).toEqual(expected)
      expect(await rows(train, 7, 12_345, 12_360)).toEqual(expected.slice(12_345, 12_360))
      expect(await rows(train, 50_000, 29_990)).toEqual(expected.slice(29_990))
      const picked = await train.at([29_999, 0, 15_000, 0])
      expect([...picked.inputs]).toEqual([29_999, 0, 15_000, 0].flatMap((i) => expected[i].slice(0, 3)))
      expect([...picked.targets]).toEqual([29_999, 0, 15_000, 0].map((i) => expected[i][3]))
      await expect(train.at([30_000])).rejects.toThrow(RangeError)
    }
  })

  it('agrees between the plain path and the one for quoted fields', async () => {
    const { target, splits } = await open({ 'a.csv': values.map(line(true)).join('\r\n') })
    expect(target.names).toHaveLength(6)
    const merged = (await rows(splits.train, 999)).map((row) => [...row.slice(0, 3), row[3] % 3])
    const names = target.names.map((name) => Number(name.at(-1)))
    expect(names).toEqual([0, 1, 2, 0, 1, 2])
    expect(merged).toEqual(expected)
  })

  it('refuses a file that changes between two passes', async () => {
    const table = csvTable(
      [bytesWindow('1,0\n2,1\n')],
      { delimiter: ',', names: ['a', 'y'], named: false, skip: 0 },
      [textDictionary(), textDictionary()],
    )
    const profiler = columnProfiles(table)
    for await (const block of table.scan({})) profiler.add(block)
    const targets = targetPlan(table, profiler.profiles, {
      targetKind: 'class',
      named: false,
      classNames: new Map(),
    })
    const inputs = inputPlan(table, profiler.profiles, targets.columns)
    const split = (count: number) => tableSplit('train', table, { targets, inputs }, [count])
    expect(await rows(split(2))).toEqual([[1, 0], [2, 1]]) // prettier-ignore
    await expect(rows(split(3))).rejects.toThrow(failure('data/changed', { found: 2, needed: 3 }))
    await expect(split(3).at([0])).rejects.toThrow(failure('data/changed'))
  })

  it('names the line of a fault in any block', async () => {
    for (const quoted of [false, true]) {
      const lines = values.map(line(quoted))
      const breaks = quoted ? 25 : 0
      const text = [...lines.slice(0, 25_000), '1,2', ...lines.slice(25_000)].join('\n')
      await expect(open({ 'a.csv': text })).rejects.toThrow(
        failure('data/ragged-row', { line: 25_001 + breaks, found: 2, needed: 3 }),
      )
    }
  })

  it('stops when asked, while scanning and while streaming', async () => {
    const text = values.map(line(false)).join('\n')
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    await expect(open({ 'a.csv': text }, { signal: stop.signal })).rejects.toThrow('enough')
    const { train } = (await open({ 'a.csv': text })).splits
    await expect(
      train.batches({ size: 9, signal: stop.signal })[Symbol.asyncIterator]().next(),
    ).rejects.toThrow('enough')
  })
})
