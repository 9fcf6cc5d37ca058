import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  recoverFolder,
  replaceFolderAtomically,
  temporaryBeside,
  writeFileAtomically,
  writeFolderAtomically,
} from '#data/atomic-file'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'retort-atomic-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('writeFileAtomically', () => {
  it('replaces content, creates folders and leaves nothing else behind', async () => {
    const path = join(folder, 'deep', 'file.bin')
    await writeFileAtomically(path, Uint8Array.of(1, 2, 3))
    await writeFileAtomically(path, 'four')
    expect(readFileSync(path, 'utf8')).toBe('four')
    await writeFileAtomically(
      path,
      (function* () {
        yield Uint8Array.of(65)
        yield Uint8Array.of(66, 67)
      })(),
    )
    expect(readFileSync(path, 'utf8')).toBe('ABC')
    expect(readdirSync(join(folder, 'deep'))).toEqual(['file.bin'])
  })

  it('keeps the old content when the source of the new fails', async () => {
    const path = join(folder, 'file')
    await writeFileAtomically(path, 'old')
    const failing = (function* () {
      yield Uint8Array.of(1)
      throw new Error('no more')
    })()
    await expect(writeFileAtomically(path, failing)).rejects.toThrow('no more')
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['file'])
  })

  it('removes what a killed writer left, and only that', async () => {
    const path = join(folder, 'file')
    const own = await temporaryBeside(path)
    const dead = spawnSync(process.execPath, ['-e', '']).pid
    const left = own.replace(/\.\d+-\d+\.partial$/, `.${dead}-1.partial`)
    writeFileSync(left, 'half')
    writeFileSync(own, 'a writer that lives')
    await writeFileAtomically(path, 'whole')
    expect(existsSync(left)).toBe(false)
    expect(existsSync(own)).toBe(true)
  })

  it('names a path that cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '')
    await expect(writeFileAtomically(join(folder, 'file', 'inside'), 'x')).rejects.toMatchObject({
      code: 'usage/not-writable',
      exitCode: 2,
    })
    await expect(writeFileAtomically(folder, 'x')).rejects.toMatchObject({ name: 'RetortError' })
  })

  it.skipIf(!existsSync('/dev/full'))('reports a full disk as lost resource (needs /dev/full)', async () => {
    const full = async () => {
      const { open } = await import('node:fs/promises')
      const file = await open('/dev/full', 'w')
      try {
        await file.writeFile('x')
      } finally {
        await file.close()
      }
    }
    await expect(writeFolderAtomically(join(folder, 'out'), full)).rejects.toMatchObject({
      code: 'resource/disk-full',
      exitCode: 6,
    })
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('writeFolderAtomically', () => {
  const fill = (text: string) => async (path: string) => {
    mkdirSync(join(path, 'sub'))
    writeFileSync(join(path, 'a.txt'), text)
    writeFileSync(join(path, 'sub', 'b.txt'), text)
  }

  it('replaces the whole folder', async () => {
    const path = join(folder, 'out')
    await writeFolderAtomically(path, async (temporary) => {
      await fill('one')(temporary)
      writeFileSync(join(temporary, 'only-in-one'), '')
    })
    await writeFolderAtomically(path, fill('two'))
    expect(readdirSync(path).sort()).toEqual(['a.txt', 'sub'])
    expect(readFileSync(join(path, 'sub', 'b.txt'), 'utf8')).toBe('two')
    expect(readdirSync(folder)).toEqual(['out'])
  })

  it('keeps the old folder when filling fails', async () => {
    const path = join(folder, 'out')
    await writeFolderAtomically(path, fill('one'))
    await expect(
      writeFolderAtomically(path, async (temporary) => {
        await fill('two')(temporary)
        throw new Error('stopped')
      }),
    ).rejects.toThrow('stopped')
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).toBe('one')
    expect(readdirSync(folder)).toEqual(['out'])
  })

  it('recovers the folder that a process killed between the renames had moved aside', async () => {
    const path = join(folder, 'out')
    mkdirSync(join(folder, '.out.replaced'))
    writeFileSync(join(folder, '.out.replaced', 'a.txt'), 'one')
    await recoverFolder(path)
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).toBe('one')
    await recoverFolder(path)
    expect(readdirSync(folder)).toEqual(['out'])
    renameSync(path, join(folder, '.out.replaced'))
    const failing = () => Promise.reject(new Error('stopped'))
    await expect(writeFolderAtomically(path, failing)).rejects.toThrow('stopped')
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).toBe('one')
  })

  it('puts a folder that was filled elsewhere in place', async () => {
    const temporary = await temporaryBeside(join(folder, 'out'))
    mkdirSync(temporary)
    await fill('three')(temporary)
    await replaceFolderAtomically(temporary, join(folder, 'out'))
    expect(readFileSync(join(folder, 'out', 'a.txt'), 'utf8')).toBe('three')
  })
})
