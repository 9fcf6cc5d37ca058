import type { Preprocessing } from '#core/dataset'
import type { DistilledSet, Training } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { PointGrid } from '#core/point-grid'
import { fromGrid, toGrid } from '#core/point-grid'
import type { GridStorage } from '#core/storage'
import { floatStorage, isGridStorage } from '#core/storage'
import type { TensorInput } from '#data/formats/safetensors'
import { encodeSafetensors, readSafetensors } from '#data/formats/safetensors'
import { bytesSource } from '#data/source'
import { featureTensors, readFeatures } from './feature-tensors.ts'
import type { Storage } from '#core/storage'
import type { SetMetadata } from './set-metadata.ts'
import { decodeMetadata, encodeMetadata } from './set-metadata.ts'
import { exactMatrix, exactVector, storedMatrix } from './tensor-inputs.ts'
import { TensorReader } from './tensor-reader.ts'
import { readTraining, trainingTensors } from './training-tensors.ts'

/** A set with the element type of its points and labels in the file. */
export interface StoredSet<T extends Training = Training> {
  readonly set: DistilledSet<T>
  readonly storage: Storage
}

/**
 * The bytes of `distilled.safetensors`. Points [m, d], labels [m, k] and references [m, d] have the storage type; the
 * model and the preprocessing are always float64, for they are what the set is proven against. On a grid, points are
 * integers q and `grid` [2, d] holds offset and step of offset + step · q; labels and references are then float64.
 * @throws RetortError `check/not-finite` for a value that the storage type cannot hold
 */
export function encodeSet(set: DistilledSet, storage: Storage): Uint8Array<ArrayBuffer> {
  const { labels, classes, references, training } = set
  const tensors: Record<string, TensorInput> = {
    ...pointTensors(set, storage),
    labels: storedMatrix('labels', labels, floatStorage(storage)),
    ...trainingTensors(training),
    ...(set.features && featureTensors(set.features)),
  }
  if (classes) tensors.classes = { dtype: 'I32', shape: [classes.length], data: classes }
  if (references) tensors.references = storedMatrix('references', references, floatStorage(storage))
  for (const [name, value] of Object.entries(preprocessingArrays(set.preprocessing))) {
    tensors[name] = value instanceof Float64Array ? exactVector(name, value) : exactMatrix(name, value)
  }
  return encodeSafetensors(tensors, encodeMetadata(set, storage))
}

/**
 * A set as it was stored: float32 values widened to float64.
 * @param file named in errors
 * @throws RetortError `artefact/corrupt`, `artefact/schema`, `data/…` for what is no safetensors file
 */
export async function decodeSet(file: string, bytes: Uint8Array): Promise<StoredSet> {
  const source = await readSafetensors(bytesSource(file, bytes))
  const metadata = decodeMetadata(file, source.metadata)
  const { inputShape, storage, target, method, options, seed, provenance } = metadata
  const d = inputShape.reduce((product, side) => product * side, 1)
  const k = target.names.length
  const stored = floatStorage(storage) === 'float32' ? 'F32' : 'F64'
  const read = new TensorReader(file, source)
  const grid = isGridStorage(storage) ? await readGrid(read, storage, d) : undefined
  const points = grid
    ? fromGrid(await read.integers('points', grid.storage, d), grid)
    : await read.matrix('points', stored, undefined, d)
  const features = metadata.features && (await readFeatures(read, metadata.features))
  const training = await readTraining(read, metadata.training, {
    targets: k,
    inputs: d,
    features: features?.featureSize ?? d,
  })
  const labels = await read.matrix('labels', stored, points.rows, training.kind === 'two-layer' ? 1 : k)
  const classes = read.has('classes') ? await read.classes('classes', points.rows, k) : undefined
  const references = read.has('references')
    ? await read.matrix('references', stored, points.rows, d)
    : undefined
  const preprocessing = await readPreprocessing(read, metadata, d)
  read.done()
  const set = {
    points,
    ...(grid && { grid }),
    labels,
    ...(classes && { classes }),
    ...(references && { references }),
    inputShape,
    target,
    preprocessing,
    training,
    ...(features && { features }),
    method,
    options,
    seed,
    provenance,
  }
  return { set, storage }
}

function pointTensors({ points, grid }: DistilledSet, storage: Storage): Record<string, TensorInput> {
  if (!isGridStorage(storage)) return { points: storedMatrix('points', points, storage) }
  if (grid?.storage !== storage) throw new RangeError(`points to be stored as ${storage} lie on no such grid`)
  const { rows, cols } = points
  const lines = matrix(2, cols)
  lines.data.set(grid.offset)
  lines.data.set(grid.step, cols)
  const data = toGrid(points, grid)
  return {
    points:
      data instanceof Uint8Array
        ? { dtype: 'U8', shape: [rows, cols], data }
        : { dtype: 'U16', shape: [rows, cols], data },
    grid: exactMatrix('grid', lines),
  }
}

async function readGrid(read: TensorReader, storage: GridStorage, d: number): Promise<PointGrid> {
  const { data } = await read.matrix('grid', 'F64', 2, d)
  return { storage, offset: data.slice(0, d), step: data.slice(d) }
}

function preprocessingArrays(preprocessing: Preprocessing): Record<string, Float64Array | Matrix> {
  switch (preprocessing.name) {
    case 'none':
      return {}
    case 'zca':
      return {
        'preprocessing.mean': preprocessing.mean,
        'preprocessing.whitening': preprocessing.whitening,
      }
    default:
      return { 'preprocessing.scale': preprocessing.scale, 'preprocessing.shift': preprocessing.shift }
  }
}

async function readPreprocessing(
  read: TensorReader,
  { preprocessing: { name, normalised, regularisation = 0 } }: SetMetadata,
  p: number,
): Promise<Preprocessing> {
  const first = normalised ? { normalised } : {}
  if (name === 'none') return { name, ...first }
  if (name === 'zca') {
    const mean = await read.vector('preprocessing.mean', p)
    return {
      name,
      ...first,
      mean,
      whitening: await read.matrix('preprocessing.whitening', 'F64', p, p),
      regularisation,
    }
  }
  const scale = await read.vector('preprocessing.scale', p)
  return { name, ...first, scale, shift: await read.vector('preprocessing.shift', p) }
}
