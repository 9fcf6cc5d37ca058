import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readArtefact } from '#artefact/read'
import { cifarFile } from '../data/fixtures.ts'
import { retortHere } from './run-here.ts'
import { writeFiles } from './small-data.ts'

/** Records of the official files: a coarse label, a fine label, 3072 bytes of planes. */
const fine = (row: number) => (7 * row) % 100
const coarse = (row: number) => Math.floor(fine(row) / 5)

let root = ''
let data = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-cifar100-'))
  data = writeFiles(join(root, 'data'), {
    'cifar-100-binary/train.bin': cifarFile(400, 4, [coarse, fine]),
    'cifar-100-binary/test.bin': cifarFile(100, 5, [coarse, fine]),
  })
})
afterAll(() => rmSync(root, { recursive: true }))

describe('recipes of CIFAR-100, on a small folder of the official format', () => {
  // Behind narrower maps than the recipes' 3072: an eigendecomposition of that size takes a test too long.
  test.each([
    ['ridge/cifar100/ipc1', []],
    ['kernel-ridge/cifar100/dense/ipc1', ['--width', '200']],
    ['kernel-ridge/cifar100/fourier/ipc1', ['--width', '200']],
  ])(
    '%s: 100 points of 100 fine classes, certified and confirmed',
    async (recipe, flags) => {
      const folder = join(root, recipe.replaceAll('/', '-'))
      const words = ['distill', data, '--recipe', recipe, '--storage', 'float64', '--no-baselines', ...flags]
      const { code, stdout } = await retortHere([...words, '-o', folder, '--json'])
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({
        points: 100,
        holds: true,
        accuracy: { n: 100, split: 'test' },
      })
      const { set } = await readArtefact(folder)
      expect(set.target.names).toHaveLength(100)
      expect(set.inputShape).toEqual([32, 32, 3])
      const confirmed = await retortHere(['verify', folder, '--data', data, '--json'])
      expect([confirmed.code, JSON.parse(confirmed.stdout).ok]).toEqual([0, true])
    },
    150_000,
  )
})
