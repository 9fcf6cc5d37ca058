import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { retort } from './run.ts'
import { pictureFolder, writeFiles } from './small-data.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const bundle = join(root, 'dist/program/main.js')
const changed = Math.max(
  ...globSync('src/**/*.{ts,wasm}', { cwd: root }).map((file) => mtime(join(root, file))),
)
const present = existsSync(bundle) && mtime(bundle) > changed

function mtime(file: string): number {
  return statSync(file).mtimeMs
}

let folder = ''
let pictures = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'retort-program-'))
  pictures = writeFiles(join(folder, 'pictures'), pictureFolder())
})
afterAll(() => rmSync(folder, { recursive: true }))

describe.skipIf(!present)('the built program (npm run build, later than the sources)', () => {
  test.each([
    ['numbers, pictures of points and a report', () => ['glyphs:600,test=100', '--ridge', '10'], 'native'],
    ['picture files', () => [pictures, '--ipc', '2'], 'native'],
    [
      'threads, generated data and plots',
      () => ['multi-index:900,d=6,r=1,seed=2', '--method', 'two-layer', '--rank', '1', '--width', '40'],
      'wasm',
    ],
  ])('writes the files that the sources write: %s', { timeout: 120_000 }, async (name, words, blas) => {
    const outputs = ['built', 'source'].map((which) => join(folder, `${which}-${name.length}`))
    const [built, source] = outputs.map((output) => [
      ...['distill', ...words(), '--blas', blas, '--threads', '2', '-o', output],
    ])
    const program = spawnSync(process.execPath, [join(root, 'bin/retort.js'), ...built], { encoding: 'utf8' })
    expect(program.status, program.stderr).toBe(0)
    expect((await retort(source)).code).toBe(0)
    const [a, b] = outputs.map((output) => readdirSync(output).sort())
    expect(a).toEqual(b)
    for (const file of a) {
      const [found, wanted] = outputs.map((output) => readFileSync(join(output, file)))
      expect(found.equals(wanted), file).toBe(true)
    }
  })
})
