import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { retort } from './run.ts'
import { retortHere } from './run-here.ts'

/** A file system of its own of the given size in kB; only root on Linux may mount one. */
function mount(folder: string, kilobytes: number): boolean {
  try {
    mkdirSync(folder)
    const options = ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'retort-test', folder]
    execFileSync('mount', options, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const root = mkdtempSync(join(tmpdir(), 'retort-full-'))
const disk = join(root, 'disk')
const mounted = mount(disk, 1000)
afterAll(() => {
  if (mounted) execFileSync('umount', [disk])
  rmSync(root, { recursive: true })
})

describe.skipIf(!mounted)('a full disk (needs root, to mount a small one)', () => {
  const out = join(disk, 'out')
  const ballast = join(disk, 'ballast')
  beforeAll(async () => {
    expect((await retortHere(distill(0))).code).toBe(0)
  })

  const distill = (seed: number) => [
    ...['distill', `glyphs:300,test=50,seed=${seed}`, '-o', out],
    ...['--ridge', '10', '--no-baselines'],
  ]
  const contents = () =>
    readdirSync(out).map((name) => [name, readFileSync(join(out, name)).toString('base64')])

  /** Fills the disk but for some kB. */
  function fill(leftKilobytes: number): void {
    rmSync(ballast, { force: true })
    const { bavail, bsize } = statfsSync(disk)
    writeFileSync(ballast, new Uint8Array(bavail * bsize - 1024 * leftKilobytes))
  }

  test.each([0, 60, 180])(
    'with %d kB left distill exits 6 and the earlier artefact stays, whole',
    async (left) => {
      fill(left)
      const before = contents()
      const { code, stdout, stderr } = await retort(distill(1))
      expect({ code, stdout, stderr }).toEqual({
        code: 6,
        stdout: '',
        stderr: expect.stringMatching(/^error resource\/disk-full: .*ENOSPC/),
      })
      expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^ {2}→ Free some space/)
      expect(contents()).toEqual(before)
      expect(readdirSync(disk).sort()).toEqual(['ballast', 'out'])
      expect((await retortHere(['verify', out])).code).toBe(0)
    },
  )

  test('statistics and convert exit 6 too and leave nothing half-written', async () => {
    fill(16)
    for (const words of [
      ['statistics', 'glyphs:300', '-o', join(disk, 'part')],
      ['convert', out, '-o', join(disk, 'points.csv')],
      ['convert', out, '-o', join(disk, 'points.npz')],
      ['convert', out, '-o', join(disk, 'pictures')],
    ]) {
      const { code, stdout, stderr } = await retort(words)
      expect({ words, code, stdout }).toEqual({ words, code: 6, stdout: '' })
      expect(stderr).toContain('error resource/disk-full')
      expect(readdirSync(disk).sort()).toEqual(['ballast', 'out'])
    }
  })

  test('with room again the same command succeeds', async () => {
    rmSync(ballast, { force: true })
    expect((await retortHere(distill(1))).code).toBe(0)
    expect((await retortHere(['verify', out])).code).toBe(0)
    expect(readdirSync(disk)).toEqual(['out'])
  })
})
