import type { Batch, BatchOptions, Dataset, Split } from '#core/dataset'
import { turn } from '#core/turn'
import { decodeImage, type DecodedImage } from './image-codec.ts'
import { isGrey, isTransparent, writePixels, type ImageForm } from './image-pixels.ts'

/** One image file, wherever it lies. */
export interface EncodedImage {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Images of one split that are still encoded, with their targets in memory. */
export interface LabelledImages {
  /** Class of each image, or count × k numbers. */
  readonly targets: Int32Array | Float64Array
  readonly count: number
  /** The images of these numbers, in that order. */
  read(indices: readonly number[]): Promise<readonly EncodedImage[]>
}

export type ImageDatasetOptions = Pick<Dataset, 'name' | 'target' | 'source' | 'notes'>

/** Images that are looked at to tell size and channels. */
const sampleCount = 64
/** Images read together. */
const readAhead = 32
/** Decoded images of all splits together stay in memory up to this size; beyond it they are decoded in each pass. */
const mostRetainedBytes = 128 * 1024 * 1024
/** Milliseconds of decoding between two turns of the event loop. */
const longestStretch = 15

/**
 * The dataset of 8-bit images of one size: one channel where a sample of 64 training images is grey, else three.
 * @throws RetortError `data/corrupt`, `data/image-size`, `data/image-channels`; the latter also while streaming
 */
export async function imageDataset(
  train: LabelledImages,
  test: LabelledImages | undefined,
  options: ImageDatasetOptions,
): Promise<Dataset> {
  const sample = Math.min(sampleCount, train.count)
  const indices = Array.from({ length: sample }, (_, i) => Math.floor((i * train.count) / sample))
  const images: (DecodedImage & { name: string })[] = []
  for (const { name, bytes } of await train.read(indices)) {
    images.push({ name, ...(await decodeImage(name, bytes)) })
    await turn()
  }
  const [{ name: first, width, height }] = images
  const form: ImageForm = { width, height, channels: images.every(isGrey) ? 1 : 3 }
  const size = width * height * form.channels
  const probe = new Uint8Array(size)
  for (const image of images) writePixels(image.name, image, form, first, probe, 0)
  const transparent = images.filter(isTransparent).length
  const retain = (train.count + (test?.count ?? 0)) * size <= mostRetainedBytes
  const split = (name: string, from: LabelledImages) => imageSplit(name, from, form, first, retain)
  return {
    ...options,
    kind: 'image',
    inputShape: [height, width, form.channels],
    elementType: 'uint8',
    splits: { train: split('train', train), ...(test && { test: split('test', test) }) },
    notes:
      transparent > 0 ? [...options.notes, 'transparent images were put on a white ground'] : options.notes,
  }
}

function imageSplit(
  name: string,
  images: LabelledImages,
  form: ImageForm,
  first: string,
  retain: boolean,
): Split {
  const { count, targets } = images
  const size = form.width * form.height * form.channels
  const width = targets.length / Math.max(1, count)
  const decoded = retain ? { pixels: new Uint8Array(count * size), known: new Uint8Array(count) } : undefined

  /** Writes the images of these numbers one after the other into `inputs`. */
  const fill = async (
    indices: readonly number[],
    inputs: Uint8Array,
    signal?: AbortSignal,
  ): Promise<void> => {
    let last = performance.now()
    for (let from = 0; from < indices.length; from += readAhead) {
      signal?.throwIfAborted()
      const some = indices.slice(from, from + readAhead)
      const unknown = some.filter((index) => !decoded?.known[index])
      const read = unknown.length > 0 ? await images.read(unknown) : []
      let next = 0
      for (const [i, index] of some.entries()) {
        const at = (from + i) * size
        if (decoded?.known[index] && unknown[next] !== index) {
          inputs.set(decoded.pixels.subarray(index * size, (index + 1) * size), at)
          continue
        }
        const image = read[next++]
        writePixels(image.name, await decodeImage(image.name, image.bytes), form, first, inputs, at)
        decoded?.pixels.set(inputs.subarray(at, at + size), index * size)
        if (decoded) decoded.known[index] = 1
        if (performance.now() - last < longestStretch) continue
        await turn()
        signal?.throwIfAborted()
        last = performance.now()
      }
    }
  }

  async function* batches(options: BatchOptions): AsyncGenerator<Batch> {
    const { size: most, start = 0, signal } = options
    const end = Math.min(options.end ?? count, count)
    const inputs = new Uint8Array(Math.min(most, Math.max(0, end - start)) * size)
    for (let from = start; from < end; from += most) {
      const length = Math.min(most, end - from)
      const indices = Array.from({ length }, (_, i) => from + i)
      await turn()
      await fill(indices, inputs, signal)
      yield {
        start: from,
        count: length,
        inputs: inputs.subarray(0, length * size),
        targets: targets.slice(from * width, (from + length) * width),
      }
    }
  }

  async function at(wanted: ArrayLike<number>): Promise<Batch> {
    const indices = Array.from(wanted)
    const outside = indices.find((index) => !(index >= 0 && index < count))
    if (outside !== undefined) throw new RangeError(`example ${outside} of ${count} in split ${name}`)
    const inputs = new Uint8Array(indices.length * size)
    await fill(indices, inputs)
    const chosen = indices.flatMap((index) => [...targets.subarray(index * width, (index + 1) * width)])
    const taken = targets instanceof Int32Array ? Int32Array.from(chosen) : Float64Array.from(chosen)
    return { start: 0, count: indices.length, inputs, targets: taken }
  }

  return { name, count, batches, at }
}
