import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const files = [
  'src/linalg/wasm/kernels-simd.wasm',
  'src/linalg/wasm/kernels-relaxed.wasm',
  'src/linalg/wasm/element-wise-simd.wasm',
  'src/linalg/wasm/element-wise-relaxed.wasm',
  'src/kernels/wasm/relu-simd.wasm',
  'src/kernels/wasm/relu-relaxed.wasm',
  'src/kernels/wasm/gaussian-simd.wasm',
  'src/kernels/wasm/gaussian-relaxed.wasm',
  'src/models/two-layer/wasm/thin-layer-simd.wasm',
  'src/models/two-layer/wasm/thin-layer-relaxed.wasm',
  'src/models/two-layer/wasm/wide-layer-simd.wasm',
  'src/models/two-layer/wasm/wide-layer-relaxed.wasm',
  'src/data/generators/wasm/normals-simd.wasm',
  'src/data/generators/wasm/normals-relaxed.wasm',
]
/** Another release may place instructions differently. */
const compiler = '19.1.7'

const version = spawnSync('clang++-19', ['--version'], { encoding: 'utf8' }).stdout ?? ''
const linker = spawnSync('wasm-ld-19', ['--version'], { encoding: 'utf8' }).stdout ?? ''
const present = version.includes(compiler) && linker.includes(compiler)

describe.skipIf(!present)(`committed kernels (needs clang and lld ${compiler})`, () => {
  test('are, byte for byte, what scripts/build-wasm.sh builds', { timeout: 240_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'retort-kernels-'))
    try {
      execFileSync('sh', ['scripts/build-wasm.sh', folder], { cwd: root })
      for (const file of files) {
        const committed = readFileSync(join(root, file))
        expect(
          readFileSync(join(folder, basename(file))).equals(committed),
          `${file}: run scripts/build-wasm.sh`,
        ).toBe(true)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

test('the kernels stay small enough for a page', () => {
  for (const file of files) expect(statSync(join(root, file)).size).toBeLessThan(500_000)
})
