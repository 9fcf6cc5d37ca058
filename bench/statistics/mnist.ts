/**
 * Seconds of each step from the files of MNIST (or another 8-bit image dataset) to W, medians over interleaved runs,
 * beside the bare float32 products that the statistics consist of.
 *
 * usage: node --conditions=retort-source bench/statistics/mnist.ts FOLDER [RUNS]
 */
import { inputSize, targetSize } from '#core/dataset'
import { matrix32 } from '#core/matrix'
import { openDataset } from '#data/open'
import { givenChannel, preprocess } from '#data/preprocessing'
import { chooseBlas } from '#linalg/provider'
import { fitRidge, fitRidgePath, ridgeGrid } from '#models/ridge'
import { chooseRidge } from '#models/ridge-choice'
import type { CollectedStatistics } from '#statistics/collect'
import { collectStatistics } from '#statistics/collect'
import { finishRecord, mergeRecords } from '#statistics/record'
import { transformStatistics } from '#statistics/transform'

const [folder, runs = '7'] = process.argv.slice(2)
if (!folder) throw new Error('usage: mnist.ts FOLDER [RUNS]')
const { blas } = await chooseBlas()
const seconds = new Map<string, number[]>()

async function timed<T>(step: string, work: () => Promise<T>): Promise<T> {
  const begin = performance.now()
  const result = await work()
  seconds.set(step, [...(seconds.get(step) ?? []), (performance.now() - begin) / 1000])
  return result
}

const dataset = await openDataset(folder)
const { train } = dataset.splits
const held = { seed: 0 }
const [mean, std] = dataset.inputShape[2] === 1 ? [[0.1307], [0.3081]] : [[0.5], [0.25]]
const inMemory = await train.at(Uint32Array.from({ length: train.count }, (_, i) => i))
const width = inputSize(dataset)
const memorySplit = {
  ...train,
  async *batches({ size, start = 0, end = train.count }: Parameters<typeof train.batches>[0]) {
    for (let from = start; from < end; from += size) {
      const to = Math.min(from + size, end)
      const inputs = inMemory.inputs.subarray(from * width, to * width)
      yield { start: from, count: to - from, inputs, targets: inMemory.targets.subarray(from, to) }
    }
  },
}
const side = width + targetSize(dataset.target) + 1
const block = matrix32(1024, side)
block.data.forEach((_, t) => (block.data[t] = ((t * 7919) % 256) - 128))
const product = matrix32(side, side)

for (let run = 0; run < Number(runs); run++) {
  await timed('products alone', async () => {
    for (let i = 0; i < train.count / 1024; i++) await blas.syrk(block, { transpose: true, c: product })
  })
  await timed('read alone', async () => {
    for await (const batch of train.batches({ size: 4096 })) void batch
  })
  const collected: CollectedStatistics = await timed('statistics, from memory', () =>
    collectStatistics(memorySplit, dataset, { blas, holdOut: held }),
  )
  await timed('read and statistics', () => collectStatistics(train, dataset, { blas, holdOut: held }))
  const { whole, fit, preprocessing } = await timed('finish, merge, transform', async () => {
    const preprocessing = givenChannel(dataset.inputShape, mean, std)
    const of = async (record: CollectedStatistics['fit']) =>
      transformStatistics(await finishRecord(record), preprocessing, blas)
    const whole = await of(await mergeRecords([collected.fit, collected.holdOut]))
    return { whole, fit: await of(collected.fit), preprocessing }
  })
  const path = await timed('path of λ', () => fitRidgePath(fit, { blas, intercept: false }))
  const { ridge } = await timed('choice of λ', async () => {
    const { inputs, targets, count } = collected.holdOutExamples
    const x = await preprocess(inputs, count, width, preprocessing, blas)
    return chooseRidge(path, { inputs: x, targets }, ridgeGrid(dataset.kind), blas)
  })
  await timed('W, refined', () => fitRidge(whole, ridge, { blas, intercept: false }))
}

console.log(blas.description, `${blas.threads} threads, ${train.count} × ${width}`)
for (const [step, values] of seconds) {
  const sorted = values.sort((a, b) => a - b)
  const [median, least] = [sorted[sorted.length >> 1], sorted[0]].map((value) => value.toFixed(3))
  console.log(`${step.padEnd(26)} ${median} s (least ${least})`)
}
await blas.close()
