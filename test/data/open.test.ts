import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RetortError } from '#core/errors'
import type { OpenOptions } from '#data/formats/format'
import { formats } from '#data/formats/index'
import { openDataset, openPlace } from '#data/open'
import { blobSource, urlSource } from '#data/web-source'
import { formatConformance } from '../conformance/formats.ts'
import {
  gzipFile,
  idxFile,
  npyFile,
  openFiles,
  randomBytes,
  randomLabels,
  readAll,
  zipFile,
} from './fixtures.ts'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-open-'))
})
afterAll(() => rmSync(root, { recursive: true }))

function write(files: Readonly<Record<string, Uint8Array | string>>): void {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), bytes)
  }
}

async function failure(path: string, options: OpenOptions = {}): Promise<RetortError> {
  const error = await openDataset(path, options).catch((reason: unknown) => reason)
  if (error instanceof RetortError) return error
  throw new Error(`no RetortError: ${String(error)}`)
}

const images = idxFile(8, [30, 3, 2], randomBytes(180, 1))
const labels = idxFile(8, [30], randomLabels(30, 2))
const x = npyFile(
  '<f4',
  [30, 2],
  Float32Array.from({ length: 60 }, (_, i) => i),
)
const y = npyFile('|u1', [30], randomLabels(30, 3))

describe('a folder', () => {
  test('subfolders are searched; dotfiles, README, LICENSE and checksums are not', async () => {
    write({
      'mnist/raw/train-images-idx3-ubyte.gz': gzipFile(images),
      'mnist/raw/train-labels-idx1-ubyte': labels,
      'mnist/raw/._train-images-idx3-ubyte.gz': 'x',
      'mnist/.cache/train-images-idx3-ubyte': 'x',
      'mnist/README-idx1': 'x',
      'mnist/LICENSE': 'x',
      'mnist/MD5SUMS': 'x',
    })
    const dataset = await openDataset(join(root, 'mnist'))
    expect(dataset.source.files).toEqual(['raw/train-images-idx3-ubyte.gz', 'raw/train-labels-idx1-ubyte'])
    expect(dataset.name).toBe('mnist')
    expect(await readAll(dataset)).toBe(30)
  })

  test('links are followed, and a circle of them ends', async () => {
    write({ 'blobs/one': x, 'blobs/two': y })
    mkdirSync(join(root, 'snapshot'))
    symlinkSync('../blobs/one', join(root, 'snapshot/x.npy'))
    symlinkSync('../blobs/two', join(root, 'snapshot/y.npy'))
    symlinkSync('nowhere', join(root, 'snapshot/broken.npy'))
    symlinkSync('.', join(root, 'snapshot/x.npy.circle'))
    const error = await failure(join(root, 'snapshot'))
    expect(error.code).toBe('data/ambiguous-split')
    rmSync(join(root, 'snapshot/x.npy.circle'))
    expect((await openDataset(join(root, 'snapshot'))).source.files).toEqual(['x.npy', 'y.npy'])
  })

  test('files of flags may lie elsewhere', async () => {
    write({ 'inputs/x.npy': x, 'elsewhere/classes.npy': y, 'elsewhere/held-out.npy': x })
    const options = {
      labels: join(root, 'elsewhere/classes.npy'),
      test: '../elsewhere/held-out.npy',
      testLabels: join(root, 'elsewhere/classes.npy'),
    }
    const dataset = await openDataset(join(root, 'inputs'), options)
    expect([dataset.splits.train.count, dataset.splits.test?.count]).toEqual([30, 30])
    expect(await readAll(dataset)).toBe(60)
    const error = await failure(join(root, 'inputs'), { labels: 'y.npy' })
    expect(error.code).toBe('data/not-found')
  })

  test('the first format that claims the folder opens it', async () => {
    write({
      'mixed/x.npz': zipFile({ 'x.npy': x, 'y.npy': y }, 0),
      'mixed/notes.txt': 'made by hand',
      'mixed/x.png': 'x',
    })
    expect((await openDataset(join(root, 'mixed'))).source.files).toEqual(['x.npz'])
  })
})

describe('a file', () => {
  test('brings the files that belong to it by their names, and no others', async () => {
    write({
      'pairs/train-images-idx3-ubyte': images,
      'pairs/train-labels-idx1-ubyte': labels,
      'pairs/t10k-images-idx3-ubyte': images,
      'pairs/t10k-labels-idx1-ubyte': labels,
      'pairs/other-train-images-idx3-ubyte': images,
    })
    const train = await openDataset(join(root, 'pairs/train-images-idx3-ubyte'))
    expect(train.source.files).toHaveLength(4)
    const alone = await openDataset(join(root, 'pairs/t10k-images-idx3-ubyte'))
    expect(alone.source.files).toEqual(['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'])
    expect(alone.splits.test).toBeUndefined()
  })

  test('is known by its first bytes where its name says nothing', async () => {
    write({ 'odd/numbers': x, 'odd/answers': y, 'odd/pictures.bin': images, 'odd/truth.bin': labels })
    const vectors = await openDataset(join(root, 'odd/numbers'), { labels: join(root, 'odd/answers') })
    expect(vectors).toMatchObject({ kind: 'vector', inputShape: [2] })
    const pictures = await openDataset(join(root, 'odd/pictures.bin'), {
      labels: join(root, 'odd/truth.bin'),
    })
    expect(pictures).toMatchObject({ kind: 'image', inputShape: [3, 2, 1] })
  })

  test('that shrinks after it was opened is an error, not a hang', async () => {
    write({ 'shrinks/x.npy': x, 'shrinks/y.npy': y })
    const dataset = await openDataset(join(root, 'shrinks'))
    truncateSync(join(root, 'shrinks/x.npy'), 200)
    await expect(readAll(dataset)).rejects.toMatchObject({ code: 'data/truncated' })
    rmSync(join(root, 'shrinks/x.npy'))
    await expect(dataset.splits.train.at([0])).rejects.toMatchObject({ code: 'data/not-found' })
  })
})

describe('what cannot be opened', () => {
  test('a path that does not exist names the nearest', async () => {
    write({ 'places/digits/x.npy': x })
    expect((await failure(join(root, 'places/digts'))).hint).toContain(join(root, 'places/digits'))
    const deep = await failure(join(root, 'plces/digits/x.npy'))
    expect(deep).toMatchObject({ code: 'data/not-found', exitCode: 3 })
    expect(deep.hint).toContain(join(root, 'places'))
  })

  test('an empty folder and an empty file', async () => {
    mkdirSync(join(root, 'empty'))
    expect((await failure(join(root, 'empty'))).code).toBe('data/empty')
    write({ 'nothing.csv': '' })
    expect((await failure(join(root, 'nothing.csv'))).code).toBe('data/empty')
  })

  test('an unknown format lists what was seen and what is known', async () => {
    write({
      'unknown/a.flac': randomBytes(99, 1),
      'unknown/b.flac': randomBytes(99, 2),
      'unknown/c': randomBytes(9, 3),
    })
    const error = await failure(join(root, 'unknown'))
    expect(error.code).toBe('data/unknown-format')
    expect(error.message).toContain('2 × .flac')
    expect(error.hint).toContain('IDX')
    write({ 'archive/cifar-10-binary.tar.gz': gzipFile(randomBytes(99, 1)) })
    expect((await failure(join(root, 'archive'))).hint).toContain('tar -xf')
  })
})

test('every row of the table keeps its promise', async () => {
  for (const row of formats) {
    const format = await row.load()
    expect(format.id).toBe(row.id)
    expect(format.title).not.toBe('')
  }
  expect(new Set(formats.map(({ id }) => id)).size).toBe(formats.length)
})

formatConformance('a local folder', async () => {
  write({ 'local/x.npy': x, 'local/y.npy': y })
  return openDataset(join(root, 'local'))
})
formatConformance('browser files', () =>
  openPlace({
    path: 'dropped',
    files: [
      blobSource(new File([new Uint8Array(x)], 'x.npy')),
      blobSource(new Blob([new Uint8Array(y)]), 'y.npy'),
    ],
  }),
)

describe('a URL', () => {
  const archive = zipFile({ 'x.npy': x, 'y.npy': y }, 0)
  let server: Server
  let base = ''
  beforeAll(async () => {
    server = createServer((request, response) => {
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
      if (request.url === '/ranges/set.npz' && range) {
        const part = archive.subarray(Number(range[1]), Number(range[2]) + 1)
        const { length } = archive
        response.writeHead(206, { 'content-range': `bytes ${range[1]}-${range[2]}/${length}` }).end(part)
      } else if (request.url === '/whole/set.npz') response.end(archive)
      else if (request.url === '/large/set.npz') {
        response.writeHead(200, { 'content-length': 1e12 }).write('x')
      } else response.writeHead(request.url === '/broken' ? 500 : 404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  test.each(['ranges', 'whole'])('served by %s', async (kind) => {
    const dataset = await openDataset(`${base}/${kind}/set.npz`)
    expect(await readAll(dataset)).toBe(30)
    const local = await openFiles({ 'set.npz': archive })
    const indices = [29, 0, 7]
    expect(await dataset.splits.train.at(indices)).toEqual(await local.splits.train.at(indices))
  })

  test('faults of the server', async () => {
    expect((await failure(`${base}/large/set.npz`)).code).toBe('data/no-ranges')
    expect((await failure(`${base}/nothing.npz`)).code).toBe('data/not-found')
    expect(await failure(`${base}/broken`)).toMatchObject({ code: 'resource/unreachable', exitCode: 6 })
    await expect(urlSource('http://127.0.0.1:1/set.npz')).rejects.toMatchObject({
      code: 'resource/unreachable',
    })
  })
})
