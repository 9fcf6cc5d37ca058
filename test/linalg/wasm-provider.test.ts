import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { RetortError } from '#core/errors'
import { identity, matrix, matrixOf } from '#core/matrix'
import { randomStream } from '#core/random'
import { NotPositiveDefinite } from '#linalg/blas'
import { ProviderUnavailable } from '#linalg/provider'
import { detectCapabilities } from '#linalg/wasm/capabilities'
import { loadModule } from '#linalg/wasm/module'
import { createWasmBlas } from '#linalg/wasm/provider'
import { TeamLane } from '#linalg/wasm/team-lane'
import { startSharedTeam, startSingleThread } from '#linalg/wasm/team'

const root = fileURLToPath(new URL('../..', import.meta.url))

function normal(rows: number, cols: number) {
  const data = randomStream(1, 'wasm-provider').fillNormal(new Float64Array(rows * cols))
  return matrix(rows, cols, data)
}

test('says which build runs, on what memory, with how many threads', async () => {
  const blas = await createWasmBlas({ threads: 3 })
  expect(blas).toMatchObject({ id: 'wasm', threads: 3 })
  expect(blas.description).toMatch(/^WebAssembly, (relaxed )?SIMD.*shared memory/)
  await blas.close()
  const plain = await createWasmBlas({
    threads: 3,
    capabilities: { relaxedSimd: false, sharedMemory: false },
  })
  expect(plain.threads).toBe(1)
  expect(plain.description).toBe('WebAssembly, SIMD, one thread, as memory cannot be shared here')
  await plain.close()
})

test('is unavailable without vector instructions, and says so', async () => {
  const refused = createWasmBlas({ threads: 1, capabilities: { simd: false } })
  await expect(refused).rejects.toThrow(ProviderUnavailable)
  await expect(refused).rejects.toThrow(/SIMD/)
})

test('this engine is probed correctly', () => {
  // Node 22.12 and later have all of it.
  expect(detectCapabilities()).toEqual({ simd: true, relaxedSimd: true, sharedMemory: true })
})

test('a large operation does not hold the event loop', { timeout: 120_000 }, async () => {
  const blas = await createWasmBlas({ threads: 2 })
  const a = await blas.syrk(normal(700, 700))
  const b = normal(3000, 700)
  // Processor time of this thread, so that other processes do not count.
  const used = () => process.threadCpuUsage().user / 1000
  let [last, longest] = [used(), 0]
  const timer = setInterval(() => {
    longest = Math.max(longest, used() - last)
    last = used()
  }, 1)
  await Promise.all([blas.eigenSymmetric(a), blas.svd(a), blas.gemm(b, a)])
  clearInterval(timer)
  await blas.close()
  expect(longest).toBeLessThan(50)
})

test('many small operations let the event loop turn', async () => {
  const blas = await createWasmBlas({ threads: 1 })
  const a = identity(10)
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  const end = performance.now() + 200
  while (performance.now() < end) await blas.gemm(a, a)
  clearInterval(timer)
  await blas.close()
  expect(turns).toBeGreaterThan(3)
})

test('large and small failures leave the provider usable', async () => {
  const blas = await createWasmBlas({ threads: 2 })
  const indefinite = identity(400)
  indefinite.data[399 * 400 + 399] = -1
  for (const a of [matrixOf([[-1]]), indefinite]) {
    await expect(blas.cholesky(a)).rejects.toThrow(NotPositiveDefinite)
  }
  expect((await blas.cholesky(identity(400))).data).toEqual(identity(400).data)
  await blas.close()
  await expect(blas.cholesky(identity(400))).rejects.toThrow(/closed/)
})

describe.each([
  { name: 'shared memory', shared: true },
  { name: 'one thread', shared: false },
])('a team on $name', ({ shared }) => {
  const lane = new TeamLane(async () => {
    const module = await loadModule('simd', shared)
    return shared ? startSharedTeam(module, 2) : startSingleThread(module)
  })
  afterAll(() => lane.close())

  test('more memory than WebAssembly has is an error with the fix', async () => {
    const asked = lane.exclusively((team) => lane.reserve(team, 5 * 2 ** 30))
    await expect(asked).rejects.toThrow(RetortError)
    await expect(asked).rejects.toMatchObject({ code: 'resource/memory', values: { bytes: 5 * 2 ** 30 } })
  })

  test('a kernel that traps is reported, and the next operation starts afresh', async () => {
    const trapped = lane.exclusively((team) => team.call('gemm_f64', [0, 0, 64, 64, 64, 0, 0, 1, 0, 0, 0, 0]))
    await expect(trapped).rejects.toThrow(/unreachable/)
    const status = await lane.exclusively(async (team) => {
      await lane.reserve(team, 2 ** 25)
      await team.write(team.start, Float64Array.of(4))
      return team.call('cholesky_f64', [team.start + 128, 2 ** 25, 1, team.start])
    })
    expect(status).toBe(-1)
  })
})

test('a process that forgets to close the provider still ends', { timeout: 60_000 }, async () => {
  const script = `
    import { createWasmBlas } from '#linalg/wasm/provider'
    const blas = await createWasmBlas({ threads: 2 })
    const n = 300
    const a = { rows: n, cols: n, data: new Float64Array(n * n).fill(1) }
    const { values } = await blas.eigenSymmetric(a)
    console.log(Math.round(values[n - 1]))`
  const run = promisify(execFile)
  const flags = ['--conditions=retort-source', '--eval', script]
  const { stdout } = await run(process.execPath, flags, { cwd: root, timeout: 50_000 })
  expect(stdout).toBe('300\n')
})
