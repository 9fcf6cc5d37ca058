import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RidgeClaim } from '#core/certificate'
import type { RidgeSet } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import { artefactFiles } from '#artefact/artefact-files'
import { readArtefact } from '#artefact/read'
import type { StageRequest } from '#artefact/stage'
import { stageArtefact } from '#artefact/stage'
import { certify } from '#certify/certify'
import { verifyArtefact } from '#certify/verify'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { description, imageSet, normals, regressionSet } from './sets.ts'

let blas: Blas
let base: string
beforeAll(async () => {
  ;({ blas } = await chooseBlas())
})
afterAll(() => blas.close())
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'retort-stage-')))
})
afterEach(() => rm(base, { recursive: true, force: true }))

async function write(
  directory: string,
  set: RidgeSet,
  change: Partial<StageRequest> = {},
): Promise<RidgeClaim> {
  const run = description(set.inputShape.length === 3 ? 'image' : 'vector')
  const staged = await stageArtefact(directory, { set, storage: 'float32', run, blas, ...change })
  const { claim } = await certify(await staged.read(), { blas })
  await staged.addReport({ claim })
  return staged.commit(claim)
}

async function contents(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'base64')))
  return Object.fromEntries(names.map((name, i) => [name, texts[i]]))
}

async function refusal(work: Promise<unknown>): Promise<RetortError> {
  try {
    await work
  } catch (error) {
    if (error instanceof RetortError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('an artefact', () => {
  test('is the seven files and nothing else, beside it nothing', async () => {
    const out = join(base, 'new', 'out')
    await write(out, await imageSet(blas))
    expect((await readdir(out)).sort()).toEqual(Object.keys(artefactFiles).sort())
    expect(await readdir(dirname(out))).toEqual(['out'])
  })

  test('reads back as what was stored', async () => {
    const set = { ...(await imageSet(blas)), references: normals(10, 36, 'references') }
    const out = join(base, 'out')
    const certificate = await write(out, set, { storage: 'float64' })
    const read = await readArtefact(out)
    expect(read.set).toEqual(set)
    expect(read.certificate).toEqual(certificate)
    expect(read.run).toMatchObject({ method: 'ridge', seed: 0, storage: 'float64', points: 10 })
  })

  test('is the same bytes whenever it is written again, and tells of no folder of this machine', async () => {
    for (const set of [await imageSet(blas), regressionSet()]) {
      const [a, b] = [join(base, 'a'), join(base, 'b')]
      await write(a, set)
      await write(b, set)
      expect(await contents(a)).toEqual(await contents(b))
      for (const text of Object.values(await contents(a))) {
        const bytes = Buffer.from(text, 'base64').toString('latin1')
        expect(bytes).not.toContain('/home/someone')
        expect(bytes).not.toContain(base)
      }
    }
  })

  test('measured times are stored only where they are given', async () => {
    const out = join(base, 'out')
    const run = { ...description(), timings: { seconds: { read: 0.25 }, peakMemoryBytes: 2 ** 27 } }
    await write(out, await imageSet(blas), { run })
    const report = await readFile(join(out, 'report.html'), 'utf8')
    expect(report).toContain('0.250')
    expect(report).toContain('128 MiB')
    expect((await readArtefact(out)).run.timings).toEqual(run.timings)
  })
})

describe('the output folder', () => {
  test('may be missing, empty, or an earlier artefact, also with what a file manager left', async () => {
    const out = join(base, 'out')
    await mkdir(out)
    await write(out, await imageSet(blas, { seed: 1 }))
    await writeFile(join(out, '.DS_Store'), '')
    await write(out, await imageSet(blas, { seed: 2 }))
    expect((await readArtefact(out)).set.seed).toBe(2)
    expect((await readdir(out)).sort()).toEqual(Object.keys(artefactFiles).sort())
  })

  test('is not replaced where it holds files of others, unless that is asked for', async () => {
    const out = join(base, 'out')
    await mkdir(out)
    await writeFile(join(out, 'thesis.tex'), 'years of work')
    const set = await imageSet(blas)
    const error = await refusal(write(out, set))
    expect(error.code).toBe('usage/output-exists')
    expect(error.exitCode).toBe(2)
    expect(error.message).toContain('thesis.tex')
    expect(error.hint).toContain('--force')
    expect(await readdir(base)).toEqual(['out'])
    await write(out, set, { overwrite: true })
    expect((await readdir(out)).sort()).toEqual(Object.keys(artefactFiles).sort())
  })

  test('is not replaced where an earlier artefact holds a file more, or its certificate is none', async () => {
    const out = join(base, 'out')
    const set = await imageSet(blas)
    await write(out, set)
    await writeFile(join(out, 'notes.txt'), '')
    expect((await refusal(write(out, set))).message).toContain('notes.txt')
    await rm(join(out, 'notes.txt'))
    await writeFile(join(out, 'certificate.json'), '{}')
    expect((await refusal(write(out, set))).message).toContain('no certificate')
  })

  test('cannot be a file, nor the folder that this runs in', async () => {
    const set = await imageSet(blas)
    await writeFile(join(base, 'file'), '')
    const error = await refusal(write(join(base, 'file'), set))
    expect(error.code).toBe('usage/output-exists')
    expect(error.hint).not.toContain('--force')
    for (const here of ['.', '..']) {
      expect((await refusal(write(here, set, { overwrite: true }))).code).toBe('usage/output-in-use')
    }
  })

  test('may be reached through a symbolic link, which stays', async () => {
    await mkdir(join(base, 'real'))
    await symlink(join(base, 'real'), join(base, 'link'))
    await write(join(base, 'link'), await imageSet(blas))
    expect((await readArtefact(join(base, 'real'))).set.seed).toBe(0)
    expect((await readdir(base)).sort()).toEqual(['link', 'real'])
  })
})

describe('whatever fails', () => {
  test('a discarded or refused set leaves the earlier artefact as it was', async () => {
    const out = join(base, 'out')
    await write(out, await imageSet(blas, { seed: 1 }))
    const before = await contents(out)
    const set = await imageSet(blas, { seed: 2 })
    const staged = await stageArtefact(out, { set, storage: 'float32', run: description(), blas })
    await staged.discard()
    set.points.data[5] = NaN
    const error = await refusal(stageArtefact(out, { set, storage: 'float32', run: description(), blas }))
    expect(error.code).toBe('check/not-finite')
    expect(await contents(out)).toEqual(before)
    expect(await readdir(base)).toEqual(['out'])
  })

  test.skipIf(process.platform === 'win32')('a full disk leaves the earlier artefact as it was', async () => {
    const out = join(base, 'out')
    await write(out, await imageSet(blas, { seed: 1 }))
    const before = await contents(out)
    // A limit on the size of files fails a write as a full disk does, half-way.
    const { text } = await inAnotherProcess(out, ['2', '100'], 'ulimit -f 100; exec "$0" "$@"')
    expect(JSON.parse(text)).toMatchObject({ code: 'resource/disk-full', exitCode: 6 })
    expect(await contents(out)).toEqual(before)
    expect(await readdir(base)).toEqual(['out'])
  })

  test('a folder moved aside by a killed replacement is found again, by readers and by writers', async () => {
    const out = join(base, 'out')
    await write(out, await imageSet(blas, { seed: 1 }))
    for (const found of [() => readArtefact(out), () => verifyArtefact(out, { blas })]) {
      await rename(out, join(base, '.out.replaced'))
      await expect(found()).resolves.toBeDefined()
      expect(await readdir(base)).toEqual(['out'])
    }
    await rename(out, join(base, '.out.replaced'))
    const set = await imageSet(blas, { seed: 2 })
    const staged = await stageArtefact(out, { set, storage: 'float32', run: description(), blas })
    expect((await readArtefact(out)).set.seed).toBe(1)
    await staged.discard()
    expect(await readdir(base)).toEqual(['out'])
  })

  test('kill −9 before any change to the disk leaves the old artefact or the new one, whole', async () => {
    const out = join(base, 'out')
    await write(out, await imageSet(blas, { seed: 1, side: 4 }))
    const seeds: number[] = []
    for (let fatal = 1; ; fatal++) {
      const { text, signal } = await inAnotherProcess(out, [String(fatal + 1), '4', String(fatal)])
      if (signal === null) {
        expect(JSON.parse(text)).toEqual({ changes: fatal - 1 })
        break
      }
      expect(signal).toBe('SIGKILL')
      const { checks } = await verifyArtefact(out, { blas })
      expect(checks.filter(({ ok }) => !ok)).toEqual([])
      seeds.push((await readArtefact(out)).set.seed)
    }
    expect(seeds.length).toBeGreaterThan(10)
    expect(seeds.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 1))
    // What killed processes left behind is gone.
    expect(await readdir(base)).toEqual(['out'])
  }, 240_000)
})

/** @param shell starts the process instead of starting it directly */
async function inAnotherProcess(
  out: string,
  args: string[],
  shell?: string,
): Promise<{ text: string; signal: NodeJS.Signals | null }> {
  const command = [
    process.execPath,
    '--conditions=retort-source',
    'test/artefact/write-artefact.ts',
    out,
    ...args,
  ]
  const [program, ...rest] = shell === undefined ? command : ['sh', '-c', shell, ...command]
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('close', (_, signal) => resolve(signal)),
  )
  const text = (await child.stdout.toArray()).join('')
  return { text, signal: await ended }
}
