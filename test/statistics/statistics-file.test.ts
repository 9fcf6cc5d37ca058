import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Dataset } from '#core/dataset'
import { localSource } from '#data/local-place'
import { bytesSource } from '#data/source'
import type { StatisticsPass } from '#statistics/collect'
import { collectStatistics } from '#statistics/collect'
import { mergeStatisticsFiles } from '#statistics/merge-files'
import { encodeStatistics, openStatistics } from '#statistics/statistics-file'
import { writeStatistics } from '#statistics/write-statistics'
import { availableBlas } from './blas.ts'
import { byteExamples, byteShape, datasetOf, floatExamples, floatShape, shuffled } from './samples.ts'

const [blas, ...others] = await availableBlas()
const folder = mkdtempSync(join(tmpdir(), 'retort-statistics-'))
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await Promise.all([blas, ...others].map((provider) => provider.close()))
})

const datasets = {
  bytes: datasetOf(byteExamples(5000, 6, 3), byteShape(6, 3), 'bytes'),
  floats: datasetOf(floatExamples(9000, 5, 2), floatShape(5, 2), 'floats'),
}

function pass(dataset: Dataset, index = 1, count = 1, seed = 0): Promise<StatisticsPass> {
  const { train } = dataset.splits
  return collectStatistics(train, dataset, {
    blas,
    shard: { index, count },
    holdOut: { seed, fraction: 0.1 },
  })
}

async function fileOf(dataset: Dataset, index = 1, count = 1, seed = 0) {
  const bytes = await encodeStatistics(await pass(dataset, index, count, seed))
  return bytesSource(`${dataset.name}-${index}`, bytes)
}

describe('a statistics file', () => {
  it.each(Object.entries(datasets))('gives back what was saved: %s', async (_, dataset) => {
    const saved = await pass(dataset)
    const path = join(folder, 'saved.safetensors')
    await writeStatistics(path, saved)
    const file = await openStatistics(localSource(path, path))
    expect(file).toMatchObject({ name: dataset.name, examples: saved.examples, membership: saved.membership })
    const { fit, holdOut } = await file.load()
    expect(fit).toEqual(saved.fit)
    expect(holdOut).toEqual(saved.holdOut)
  })

  it.each(Object.entries(datasets))(
    'merged from shards has the bytes of one pass: %s',
    async (_, dataset) => {
      const whole = join(folder, 'whole')
      await writeStatistics(whole, await pass(dataset))
      for (let count = 1; count <= 6; count++) {
        const parts = await Promise.all(
          Array.from({ length: count }, async (_, i) => {
            const path = join(folder, `part-${i + 1}-of-${count}`)
            await writeStatistics(path, await pass(dataset, i + 1, count))
            return localSource(path, path)
          }),
        )
        const merged = join(folder, 'merged')
        await writeStatistics(merged, await mergeStatisticsFiles(shuffled(parts, count)))
        expect(readFileSync(merged).equals(readFileSync(whole)), `${count} shards`).toBe(true)
      }
    },
  )

  it('is refused when it is cut off, changed or another kind of file', async () => {
    const bytes = await encodeStatistics(await pass(datasets.floats))
    const cut = bytesSource('cut', bytes.subarray(0, bytes.length - 1))
    await expect(openStatistics(cut)).rejects.toMatchObject({ code: 'data/truncated' })
    for (let position = 12; position < bytes.length; position += 397) {
      const changed = bytes.slice()
      changed[position] ^= 4
      const opening = openStatistics(bytesSource('changed', changed)).then((file) => file.load())
      await expect(opening, `byte ${position}`).rejects.toMatchObject({ name: 'RetortError', exitCode: 3 })
    }
    const { encodeSafetensors } = await import('#data/formats/safetensors')
    const other = bytesSource('other', encodeSafetensors({}))
    await expect(openStatistics(other)).rejects.toMatchObject({ code: 'data/unsupported' })
  })
})

describe('merging', () => {
  it('names a missing and a doubled shard', async () => {
    const [one, two, three] = await Promise.all([1, 2, 3].map((i) => fileOf(datasets.bytes, i, 3)))
    await expect(mergeStatisticsFiles([three, one])).rejects.toMatchObject({
      code: 'data/missing-shard',
      message: 'Shard 2 of 3 is missing',
    })
    await expect(mergeStatisticsFiles([one, two, three, two])).rejects.toMatchObject({
      code: 'data/doubled-shard',
    })
    await expect(mergeStatisticsFiles([])).rejects.toMatchObject({ code: 'data/missing-shard' })
  })

  it('refuses parts of different passes', async () => {
    const one = await fileOf(datasets.bytes, 1, 2)
    const shorter = datasetOf(byteExamples(4000, 6, 3), byteShape(6, 3), 'bytes')
    const renamed = { ...datasets.bytes, name: 'others' }
    const wrong = [
      await fileOf(datasets.bytes, 2, 2, 7),
      await fileOf(datasets.bytes, 2, 3),
      await fileOf(shorter, 2, 2),
      await fileOf(renamed, 2, 2),
      await fileOf(datasetOf(byteExamples(5000, 6, 3), byteShape(6, 4), 'bytes'), 2, 2),
    ]
    for (const other of wrong) {
      await expect(mergeStatisticsFiles([one, other])).rejects.toMatchObject({
        code: 'data/statistics-differ',
        exitCode: 3,
      })
    }
  })
})
