import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { randomStream } from '#core/random'
import { retortHere } from './run-here.ts'
import { writeFiles } from './small-data.ts'

const answer = z.object({
  comparison: z.array(z.object({ name: z.string(), score: z.object({ value: z.number() }) })),
})

let root = ''
let data = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'retort-kip-recipes-'))
  data = writeFiles(join(root, 'data'), {
    'cifar-10-batches-bin/data_batch_1.bin': smoothImages(800, 1),
    'cifar-10-batches-bin/test_batch.bin': smoothImages(400, 2),
  })
})
afterAll(() => rmSync(root, { recursive: true }))

/** Waves of the lowest frequencies in every channel. */
const waves = 4

/**
 * Records of CIFAR-10 with the spectrum of photographs: amplitudes fall with the frequency, a little noise is in every
 * pixel. Classes differ in the waves of lowest frequency alone.
 */
function smoothImages(count: number, seed: number): Uint8Array {
  const ofClass = randomStream(3, 'classes')
  const means = Array.from({ length: 10 * 3 * waves ** 2 }, () => 0.7 * ofClass.normal())
  const random = randomStream(seed, 'images')
  const basis = Array.from({ length: waves }, (_, u) =>
    Array.from({ length: 32 }, (_, x) => Math.cos((Math.PI * u * (x + 0.5)) / 32)),
  )
  const bytes = new Uint8Array(count * 3073)
  for (let row = 0; row < count; row++) {
    const label = row % 10
    bytes[row * 3073] = label
    for (let channel = 0; channel < 3; channel++) {
      const values = Float64Array.from({ length: 1024 }, () => 128 + 12 * random.normal())
      for (let wave = 0; wave < waves ** 2; wave++) {
        const [u, v] = [Math.floor(wave / waves), wave % waves]
        const amplitude = means[(label * 3 + channel) * waves ** 2 + wave] + random.normal()
        for (let at = 0; at < 1024; at++) {
          values[at] += ((30 * amplitude) / (1 + u + v)) * basis[u][at >> 5] * basis[v][at & 31]
        }
      }
      bytes.set(
        values.map((value) => Math.max(0, Math.min(255, Math.round(value)))),
        row * 3073 + 1 + 1024 * channel,
      )
    }
  }
  return bytes
}

async function accuracyAfter(name: string, ...settings: string[]): Promise<number> {
  const words = ['distill', data, ...settings, '--steps', '30', '--ridge', '1000']
  const { code, stdout, stderr } = await retortHere([
    ...words,
    '--no-baselines',
    '--quiet',
    '--json',
    '-o',
    join(root, name),
  ])
  expect([code, stderr]).toEqual([0, ''])
  const { comparison } = answer.parse(JSON.parse(stdout))
  return comparison.find((row) => row.name === 'distilled')?.score.value ?? NaN
}

test('a connected kernel learns from standardised images what whitening hides from it', async () => {
  const standardised = await accuracyAfter('standardised', '--recipe', 'kip/cifar10/ntk-fc3/ipc1')
  const kip = ['--method', 'kip', '--ipc', '1', '--kernel', 'ntk', '--kernel-depth', '3', '--learn-labels']
  const whitened = await accuracyAfter('whitened', ...kip, '--normalise', '--preprocessing', 'zca')
  expect(standardised).toBeGreaterThan(0.8)
  expect(standardised).toBeGreaterThan(whitened + 0.05)
}, 120_000)
