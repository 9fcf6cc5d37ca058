import type { Batch, InputArray, Preprocessing } from '#core/dataset'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import { preprocess } from '#data/preprocessing'
import type { Blas } from '#linalg/blas'
import type { FeatureMap } from './feature-map.ts'

/** How raw inputs become what a model sees: preprocessed, then mapped where there is a map. */
export interface Embedding {
  readonly preprocessing: Preprocessing
  readonly features?: FeatureMap
}

/**
 * φ of the preprocessed inputs, or these themselves.
 * @param inputs count × size, raw, row-major
 * @returns count × p, its own storage unless there are buffers
 */
export async function embed(
  inputs: InputArray,
  count: number,
  size: number,
  { preprocessing, features }: Embedding,
  blas: Blas,
  buffers?: EmbeddingBuffers,
): Promise<Matrix> {
  const place = buffers?.place(count, size)
  const preprocessed = await preprocess(inputs, count, size, preprocessing, blas, place?.inputs)
  return features ? features.forward(preprocessed, blas, place?.features) : preprocessed
}

/** Storage that a long pass uses again for every block, instead of leaving megabytes to the garbage collector. */
export interface EmbeddingBuffers {
  place(count: number, size: number): { inputs: Float64Array; features: Matrix }
}

/** @param featureSize p; what `embed` returns is valid until it is called again with the same buffers */
export function embeddingBuffers(featureSize: number): EmbeddingBuffers {
  let inputs = new Float64Array()
  let features = new Float64Array()
  return {
    place(count, size) {
      if (inputs.length < count * size) inputs = new Float64Array(count * size)
      if (features.length < count * featureSize) features = new Float64Array(count * featureSize)
      return {
        inputs: inputs.subarray(0, count * size),
        features: matrix(count, featureSize, features.subarray(0, count * featureSize)),
      }
    },
  }
}

/** Embeds one block: what is done at once is the preprocessing, what the returned function does is the map. */
export type BlockEmbedding = (inputs: InputArray, count: number) => Promise<() => Promise<Matrix>>

/**
 * The embedding of a long pass in two halves, so that a block can be preprocessed while the one before is multiplied.
 * Storage is used again: a block must be done with when `ahead` more have been begun.
 */
export function blockEmbedding(
  size: number,
  { preprocessing, features }: Embedding,
  blas: Blas,
  ahead: number,
): BlockEmbedding {
  const featureSize = features?.featureSize ?? size
  const buffers = Array.from({ length: ahead }, () => embeddingBuffers(featureSize))
  let turn = 0
  return async (inputs, count) => {
    const place = buffers[turn].place(count, size)
    turn = (turn + 1) % ahead
    const preprocessed = await preprocess(inputs, count, size, preprocessing, blas, place.inputs)
    return async () => (features ? features.forward(preprocessed, blas, place.features) : preprocessed)
  }
}

/** φ of a block of rows, beside its targets. */
export interface EmbeddedBlock extends Omit<Batch, 'inputs'> {
  /** count × p; good until the next block is asked for. */
  readonly features: Matrix
}

/** One is looked at while two are mapped beside one another. */
const blocksAhead = 3

/** Embeds blocks in their order, where it can each on a thread of its own, while the one before is looked at. */
export async function* embedBlocks(
  blocks: AsyncIterable<Batch> | Iterable<Batch>,
  size: number,
  embedding: Embedding,
  blas: Blas,
): AsyncGenerator<EmbeddedBlock> {
  const embedBlock = blockEmbedding(size, embedding, blas.apart ?? blas, blocksAhead)
  const inWork: Promise<EmbeddedBlock>[] = []
  try {
    for await (const { start, count, inputs, targets } of blocks) {
      // The source may use its arrays again.
      const kept = targets.slice()
      const map = await embedBlock(inputs, count)
      const embedded = map().then((features) => ({ start, count, targets: kept, features }))
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      embedded.catch(() => undefined)
      inWork.push(embedded)
      if (inWork.length < blocksAhead) continue
      yield await inWork[0]
      inWork.shift()
    }
    for (const embedded of inWork) yield await embedded
  } finally {
    await Promise.allSettled(inWork)
  }
}
