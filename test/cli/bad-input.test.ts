import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gzipFile, idxFile, npyFile } from '../data/fixtures.ts'
import { retort } from './run.ts'
import { retortHere } from './run-here.ts'
import type { Files } from './small-data.ts'
import { csvTable, idxFolder, npyFolder, parquetFolder, pictureFolder, writeFiles } from './small-data.ts'

let root = ''
let earlier = ''
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'retort-bad-'))
  earlier = join(root, 'earlier')
  expect((await retortHere(['distill', 'glyphs:500,test=100', '-o', earlier])).code).toBe(0)
})
afterAll(() => rmSync(root, { recursive: true }))

const contents = (folder: string) =>
  readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'base64')])

/** A file of the set with its bytes changed. */
function changed(files: Files, name: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): Files {
  const content = files[name]
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : Uint8Array.from(content)
  return { ...files, [name]: change(bytes) }
}

const cut = (bytes: Uint8Array) => bytes.subarray(0, bytes.length >> 1)
const withByte = (at: number, value: number) => (bytes: Uint8Array) => {
  const copy = Uint8Array.from(bytes)
  copy[at < 0 ? copy.length + at : at] = value
  return copy
}
const mnist = idxFolder({ gzip: true })
const plain = idxFolder({ gzip: false })
const table = csvTable(60, 51, ['kind'])
const lines = table.split('\n')
/** A table with one line replaced. */
const withLine = (at: number, line: string) => lines.with(at, line).join('\n')
const manyRows = Float32Array.from({ length: 1_500_000 }, (_, i) => (i === 1_499_000 ? NaN : (i * 37) % 101))
const manyLabels = Uint8Array.from({ length: 300_000 }, (_, i) => i % 3)

const data: [name: string, files: Files, code: string, says: RegExp, flags?: string[]][] = [
  [
    'a gzip file cut in half',
    changed(mnist, 'train-images-idx3-ubyte.gz', cut),
    'data/truncated',
    /train-images-idx3-ubyte\.gz/,
  ],
  [
    'a damaged gzip file',
    changed(mnist, 'train-images-idx3-ubyte.gz', withByte(3000, 0)),
    'data/',
    /train-images-idx3-ubyte\.gz/,
  ],
  [
    'labels cut in half',
    changed(plain, 'train-labels-idx1-ubyte', cut),
    'data/truncated',
    /train-labels-idx1-ubyte ends after \d+ bytes/,
  ],
  [
    'a wrong magic number',
    changed(plain, 'train-images-idx3-ubyte', withByte(2, 0x99)),
    'data/wrong-magic',
    /begins with 00 00 99 03/,
  ],
  [
    'a test label that no training example has',
    changed(plain, 't10k-labels-idx1-ubyte', withByte(-1, 9)),
    'data/label-out-of-range',
    /label 9 of row 99/,
  ],
  [
    'fewer labels than images',
    { ...plain, 'train-labels-idx1-ubyte': idxFile(8, [3], Uint8Array.of(0, 1, 2)) },
    'data/count-mismatch',
    /holds 300 examples, .* holds 3 labels/,
  ],
  [
    'images of one class',
    {
      'train-images-idx3-ubyte': plain['train-images-idx3-ubyte'],
      'train-labels-idx1-ubyte': idxFile(8, [300], new Uint8Array(300).fill(7)),
    },
    'data/one-class',
    /all 300 labels are 7/,
  ],
  ['NaN in NPY', withNaN(npyFolder()), 'data/not-finite', /row 239, column 4 holds NaN/],
  [
    'NaN in the last of many blocks',
    { 'x.npy': npyFile('<f4', [300_000, 5], manyRows), 'y.npy': npyFile('|u1', [300_000], manyLabels) },
    'data/not-finite',
    /row 299800, column 0 holds NaN/,
  ],
  [
    'an infinite number in CSV',
    { 'a.csv': withLine(9, '1,2,inf,4,5,flat') },
    'data/',
    /a\.csv, line 10, column 2/,
  ],
  ['a ragged row in CSV', { 'a.csv': withLine(9, '1,2,flat') }, 'data/ragged-row', /line 10.*3/],
  ['a word among numbers', { 'a.csv': withLine(50, '1,2,old,4,5,flat') }, 'data/', /age/],
  [
    'a CSV of one class',
    { 'a.csv': table.replaceAll('villa', 'flat').replaceAll('house', 'flat') },
    'data/one-class',
    /flat/,
  ],
  ['a CSV without its target', { 'a.csv': table }, 'usage/target', /price/, ['--target', 'price']],
  ['a header and nothing else', { 'a.csv': `${lines[0]}\n` }, 'data/', /a\.csv/],
  ['an empty file', { 'train.csv': '' }, 'data/empty', /empty \(0 bytes\)/],
  ['an empty folder', {}, 'data/empty', /holds no data files/],
  [
    'text that is no data',
    { 'notes.docx': Uint8Array.of(80, 75, 9, 0, 255, 1) },
    'data/unknown-format',
    /\.docx/,
  ],
  ['a Parquet file cut in half', changed(parquetFolder(), 'train.parquet', cut), 'data/', /train\.parquet/],
  ['a broken picture', changed(pictureFolder(), 'train/bar-0/0.png', cut), 'data/', /train\/bar-0\/0\.png/],
  [
    'gzip in name only',
    { ...mnist, 'train-images-idx3-ubyte.gz': 'this is not gzip' },
    'data/',
    /train-images-idx3-ubyte\.gz/,
  ],
  [
    'a gzip file of nothing',
    { ...mnist, 'train-images-idx3-ubyte.gz': gzipFile(new Uint8Array(0)) },
    'data/',
    /train-images-idx3-ubyte\.gz/,
  ],
]

function withNaN(files: Files): Files {
  return changed(files, 'train-x.npy', (bytes) => {
    new DataView(bytes.buffer).setFloat32(bytes.length - 4, NaN, true)
    return bytes
  })
}

/** What every refusal must be: its code and exit code, the fix last, nothing on stdout, the earlier artefact as it was. */
async function refusal(words: readonly string[], out: string, exit: number, run = retortHere) {
  const before = contents(earlier)
  cpSync(earlier, out, { recursive: true })
  const { code, stdout, stderr } = await run([...words, '-o', out])
  expect({ code, stdout, stderr }).toEqual({
    code: exit,
    stdout: '',
    stderr: expect.stringContaining('error '),
  })
  const printed = stderr.trimEnd().split('\n')
  expect(printed.at(-1)).toMatch(/^ {2}→ \S/)
  expect(stderr).not.toContain('bug/')
  expect(contents(out)).toEqual(before)
  const [, found = '', message = ''] = /^error (\S+): (.*)$/m.exec(stderr) ?? []
  return { found, message, hint: printed.at(-1) ?? '' }
}

async function expectRefused([name, files, code, says, flags = []]: (typeof data)[number], run = retortHere) {
  const place = mkdtempSync(join(root, name.replace(/\W+/g, '-')))
  mkdirSync(join(place, 'data'))
  writeFiles(join(place, 'data'), files)
  const words = ['distill', join(place, 'data'), ...flags]
  const exit = code.startsWith('usage') ? 2 : 3
  const { found, message } = await refusal(words, join(place, 'out'), exit, run)
  expect(found.startsWith(code), `${found}: ${message}`).toBe(true)
  expect(message).toMatch(says)
  expect(readdirSync(place).sort()).toEqual(['data', 'out'])
}

describe('bad data leave the earlier artefact, exit 3 and say the fix', () => {
  test.each(data.map((row) => [row[0], row] as const))('%s', (_, row) => expectRefused(row))

  // A reader that is left in the middle must not keep the process alive.
  const midway = [
    'a damaged gzip file',
    'NaN in the last of many blocks',
    'a broken picture',
    'a ragged row in CSV',
  ]
  test.concurrent.each(data.filter(([name]) => midway.includes(name)).map((row) => [row[0], row] as const))(
    '%s, in a process of its own, which ends',
    (_, row) => expectRefused(row, retort),
  )

  test('a path that is not there names the nearest', async () => {
    writeFiles(join(root, 'near', 'mnist'), { 'a.csv': table })
    const { found, hint } = await refusal(
      ['distill', join(root, 'near', 'mnits')],
      join(root, 'near', 'out'),
      3,
    )
    expect(found).toBe('data/not-found')
    expect(hint).toContain(join(root, 'near', 'mnist'))
  })

  test('a generator that is not there names the nearest', async () => {
    const { found, hint } = await refusal(['distill', 'glyfs:500,test=9'], join(root, 'near', 'out'), 3)
    expect(found).toBe('data/not-found')
    expect(hint).toContain('glyphs:500,test=9')
  })
})

describe('bad words exit 2', () => {
  test.each([
    [['distill', 'glyphs:500', '--rigde', '1'], 'usage/unknown-flag', '--ridge'],
    [['distil', 'glyphs:500'], 'usage/unknown-verb', 'retort distill'],
    [['distill', 'glyphs:500', '--recipe', 'ridge/mnist/ipc2'], 'usage/unknown-recipe', 'ridge/mnist/ipc'],
    [['distill', 'glyphs:many'], 'usage/generator', 'glyphs:60000'],
    [['distill', 'glyphs:500', '--mean', '0.5'], 'usage/given-preprocessing', '--std'],
    [['distill', 'glyphs:500', '--variant', 'nice'], 'usage/invalid-value', 'retort distill --help'],
    [['distill', 'one', 'two'], 'usage/arguments', 'retort distill --help'],
    [['distill', 'glyphs:500', '--json', '--jsonl'], 'usage/json-and-jsonl', '--json'],
  ])('%j', async (words, code, fix) => {
    const json = words.includes('--json')
    const out = join(root, `words-${code.replace(/\W/g, '-')}`)
    if (json) {
      const { code: exit, stdout } = await retortHere([...words, '-o', out])
      expect(exit).toBe(2)
      expect(JSON.parse(stdout).error.code).toBe(code)
      return
    }
    const { found, hint } = await refusal(words, out, 2)
    expect(found).toBe(code)
    expect(hint).toContain(fix)
  })
})

describe('a value that a flag does not take: what it must be, and one that would do', () => {
  test.each([
    ['distill', ['--ipc', '0'], "--ipc is '0'; it must be at least 1", '--ipc 1;'],
    ['distill', ['--ipc', 'abc'], "--ipc is 'abc'; it must be a number", '--ipc 1;'],
    ['distill', ['--features', 'densee'], 'one of none, dense, conv', '--features dense;'],
    ['distill', ['--kernel', 'nkt'], 'one of rbf, nngp, ntk, features', '--kernel ntk;'],
    ['distill', ['--ridge', 'much'], "--ridge is 'much'; it must be", '--ridge '],
    ['distill', ['--variance', '0'], "--variance is '0'; it must be more than 0", '--variance 1;'],
    ['distill', ['--threads', '5000'], 'at most 1024', '--threads 1024;'],
    ['statistics', [], 'retort statistics needs --output', '-o mnist.statistics;'],
  ])('%s %j', async (verb, flags, found, fix) => {
    const { code, stdout, stderr } = await retortHere([verb, 'glyphs:500', ...flags])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    const lines = stderr.trimEnd().split('\n')
    expect(lines[0]).toContain(found)
    expect(lines[0]).not.toMatch(/expected|Invalid|Too /)
    expect(lines.at(-1)).toContain(fix)
    expect(lines.at(-1)).toContain(`retort ${verb} --help`)
  })
})

test.each([
  ['weights', (file: string) => ['distill', 'glyphs:500', '--features', 'dense', '--weights', file]],
  ['statistics', (file: string) => ['merge', file, '-o', join(root, 'never-merged')]],
])('a table in the place of %s is told to be no safetensors file', async (name, words) => {
  const file = join(writeFiles(join(root, `no-${name}`), { 'a.csv': table }), 'a.csv')
  const { code, stderr } = await retortHere(words(file))
  expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('error data/corrupt') })
  expect(stderr).toContain('it is no safetensors file')
})

describe('an output that is not ours to replace', () => {
  test.each<[string, (place: string) => string, string]>([
    [
      'a folder of other files',
      (place) => writeFiles(join(place, 'thesis'), { 'chapter-1.tex': 'x' }),
      'usage/output-exists',
    ],
    ['the data themselves', (place) => join(place, 'data'), 'usage/output-in-use'],
    [
      'a file',
      (place) => {
        writeFileSync(join(place, 'file'), 'x')
        return join(place, 'file')
      },
      'usage/output-exists',
    ],
    ['the folder that it runs in', (place) => place, 'usage/output-in-use'],
    ['a place below a file', (place) => join(place, 'data', 'a.csv', 'out'), 'usage/not-writable'],
  ])('%s', async (name, make, code) => {
    const place = join(root, name.replace(/\W+/g, '-'))
    const input = writeFiles(join(place, 'data'), { 'a.csv': table })
    const out = make(place)
    const words = ['distill', input, '-o', out]
    const outcome = await (out === place ? retort(words, { cwd: place }) : retortHere(words))
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(outcome.stderr).toContain(`error ${code}`)
    expect(readFileSync(join(place, 'data', 'a.csv'), 'utf8')).toBe(table)
    if (name === 'a folder of other files') {
      expect(readdirSync(out)).toEqual(['chapter-1.tex'])
      expect((await retortHere(['distill', input, '-o', out, '--force'])).code).toBe(0)
    }
  })

  test.each([
    ['the folder of the data', (data: string) => [data, '-o', data]],
    ['a folder around the data', (data: string) => [data, '-o', dirname(data)]],
    ['the folder of the file', (data: string) => [join(data, 'a.csv'), '-o', data]],
    ['the file', (data: string) => [join(data, 'a.csv'), '-o', join(data, 'a.csv')]],
    [
      'the folder of the test split',
      (data: string) => ['glyphs:300', '--test', join(data, 'a.csv'), '-o', data],
    ],
    [
      'the set that is reused',
      (data: string) => ['glyphs:300', '--method', 'label-solve', '--reuse', data, '-o', data],
    ],
  ])('--force does not delete what is read: %s', async (name, words) => {
    const data = writeFiles(join(root, 'read', name.replace(/\W+/g, '-'), 'data'), { 'a.csv': table })
    const outcome = await retortHere(['distill', ...words(data), '--force', '--target', 'kind'])
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(outcome.stderr).toContain('error usage/output-in-use')
    expect(readFileSync(join(data, 'a.csv'), 'utf8')).toBe(table)
  })

  test('a generator and a folder of its name are not the same', async () => {
    const words = ['distill', 'glyphs:300,test=100', '-o', 'glyphs:300,test=100', '--no-baselines']
    const place = join(root, 'named')
    mkdirSync(place)
    for (let i = 0; i < 2; i++) expect((await retort(words, { cwd: place })).code).toBe(0)
  })
})

describe('what is no artefact', () => {
  test.each([
    ['verify', []],
    ['evaluate', ['--data', 'glyphs:500']],
    ['convert', ['-o', 'x.npz']],
  ])('%s of a folder that is not there exits 3', async (verb, flags) => {
    const outcome = await retortHere([verb, join(root, 'nowhere'), ...flags])
    expect(outcome).toMatchObject({ code: 3, stdout: '' })
    expect(outcome.stderr).toMatch(/^error artefact\/missing: /)
    expect(outcome.stderr.trimEnd().split('\n').at(-1)).toContain('retort distill')
  })
})

test('with --json the refusal is one object on stdout, and --debug shows where it came from', async () => {
  const words = ['distill', join(root, 'nowhere'), '-o', join(root, 'never'), '--json', '--debug']
  const { code, stdout, stderr } = await retort(words)
  expect(code).toBe(3)
  expect(JSON.parse(stdout)).toEqual({
    schemaVersion: 1,
    error: expect.objectContaining({
      code: 'data/not-found',
      message: expect.any(String),
      hint: expect.any(String),
      values: expect.any(Object),
      exitCode: 3,
    }),
  })
  expect(stderr).toContain('local-place.ts')
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^ {2}→ /)
})
