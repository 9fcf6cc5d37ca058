import type { Dataset, Split } from '#core/dataset'
import { indexedRandom } from '#core/random'
import { generatedSplit } from './generated-split.ts'
import type { Generator, GeneratorOptions } from './generator.ts'
import { glyphPen, glyphSide } from './glyph-pen.ts'

/**
 * Drawn digits: 28 × 28 × 1 uint8 grey images, light ink on black, of the ten classes '0' to '9' (equally likely,
 * independent). A linear model reaches about 87 % on them, much as on MNIST. Example i depends only on
 * (seed, split, i), so a longer dataset begins with the shorter one, and any shard can be computed anywhere.
 */
export function glyphs(options: Partial<GeneratorOptions> = {}): Dataset {
  const { count, testCount, seed } = { ...defaults, ...options }
  const split = (name: string, length: number): Split =>
    generatedSplit({
      name,
      count: length,
      inputSize: glyphSide * glyphSide,
      turnEvery: 512,
      allocate: (rows) => ({
        inputs: new Uint8Array(rows * glyphSide * glyphSide),
        targets: new Int32Array(rows),
      }),
      writer() {
        const pen = glyphPen()
        const random = indexedRandom(seed, 'glyphs', name)
        return (indices, inputs, targets, at) => {
          for (let i = 0; i < indices.length; i++) {
            random.seek(indices[i])
            targets[at + i] = pen.draw(random, inputs, (at + i) * glyphSide * glyphSide)
          }
        }
      },
    })
  const test = testCount > 0 ? { test: split('test', testCount) } : {}
  return {
    name: 'glyphs',
    kind: 'image',
    inputShape: [glyphSide, glyphSide, 1],
    elementType: 'uint8',
    target: { kind: 'class', names: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] },
    splits: { train: split('train', count), ...test },
    source: { path: `glyphs:${count},test=${testCount},seed=${seed}`, files: [] },
    notes: [],
  }
}

const defaults = { count: 60_000, testCount: 10_000, seed: 0 }

export const glyphsGenerator: Generator = {
  id: 'glyphs',
  title: 'Drawn digits, 28 × 28 grey, of any number',
  defaults,
  settings: {},
  example: 'glyphs:60000,test=10000,seed=0',
  open: glyphs,
}
