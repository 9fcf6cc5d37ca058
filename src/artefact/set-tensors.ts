import type { Preprocessing } from '#core/dataset'
import type { DistilledSet } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { SafetensorsFile, TensorArray, TensorInput } from '#data/formats/safetensors'
import { encodeSafetensors, readSafetensors } from '#data/formats/safetensors'
import { bytesSource } from '#data/source'
import { corruptFile } from './faults.ts'
import type { SetMetadata, Storage } from './set-metadata.ts'
import { decodeMetadata, encodeMetadata } from './set-metadata.ts'

/** A set with the element type of its points and labels in the file. */
export interface StoredSet {
  readonly set: DistilledSet
  readonly storage: Storage
}

/**
 * The bytes of `distilled.safetensors`. Points [m, p], labels [m, k] and references [m, p] have the storage type; the
 * model (W [k, p], b [k]) and the preprocessing are always float64, for they are what the set is proven against.
 * @throws RetortError `check/not-finite` for a value that the storage type cannot hold
 */
export function encodeSet(set: DistilledSet, storage: Storage): Uint8Array<ArrayBuffer> {
  const { points, labels, classes, references, training } = set
  const tensors: Record<string, TensorInput> = {
    points: storedMatrix('points', points, storage),
    labels: storedMatrix('labels', labels, storage),
    'model.weight': exactMatrix('model.weight', training.weight),
    'model.bias': exactVector('model.bias', training.bias),
  }
  if (classes) tensors.classes = { dtype: 'I32', shape: [classes.length], data: classes }
  if (references) tensors.references = storedMatrix('references', references, storage)
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
  const p = inputShape.reduce((product, side) => product * side, 1)
  const k = target.names.length
  const stored = storage === 'float32' ? 'F32' : 'F64'
  const read = new TensorReader(file, source)
  const points = await read.matrix('points', stored, undefined, p)
  const labels = await read.matrix('labels', stored, points.rows, k)
  const weight = await read.matrix('model.weight', 'F64', k, p)
  const bias = await read.vector('model.bias', k)
  const classes = read.has('classes') ? await read.classes('classes', points.rows, k) : undefined
  const references = read.has('references')
    ? await read.matrix('references', stored, points.rows, p)
    : undefined
  const preprocessing = await readPreprocessing(read, metadata, p)
  read.done()
  const training = { ...metadata.training, weight, bias }
  const set = {
    points,
    labels,
    ...(classes && { classes }),
    ...(references && { references }),
    inputShape,
    target,
    preprocessing,
    training,
    method,
    options,
    seed,
    provenance,
  }
  return { set, storage }
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
  { preprocessing: { name, regularisation = 0 } }: SetMetadata,
  p: number,
): Promise<Preprocessing> {
  if (name === 'none') return { name }
  if (name === 'zca') {
    const mean = await read.vector('preprocessing.mean', p)
    return {
      name,
      mean,
      whitening: await read.matrix('preprocessing.whitening', 'F64', p, p),
      regularisation,
    }
  }
  const scale = await read.vector('preprocessing.scale', p)
  return { name, scale, shift: await read.vector('preprocessing.shift', p) }
}

/** Reads tensors by name and checks type, shape and finiteness; `done` then finds what nobody asked for. */
class TensorReader {
  readonly #file: string
  readonly #source: SafetensorsFile
  readonly #taken = new Set<string>()

  constructor(file: string, source: SafetensorsFile) {
    this.#file = file
    this.#source = source
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#source.tensors, name)
  }

  async matrix(name: string, dtype: 'F32' | 'F64', rows: number | undefined, cols: number): Promise<Matrix> {
    const [found] = this.has(name) ? this.#source.tensors[name].shape : []
    const height = rows ?? found ?? 0
    return matrix(height, cols, await this.#floats(name, dtype, [height, cols]))
  }

  async vector(name: string, length: number): Promise<Float64Array> {
    return this.#floats(name, 'F64', [length])
  }

  async classes(name: string, length: number, count: number): Promise<Int32Array> {
    const data = await this.#tensor(name, 'I32', [length])
    const classes = Int32Array.from(data, Number)
    const wrong = classes.findIndex((index) => index < 0 || index >= count)
    if (wrong >= 0) throw this.#corrupt(`class ${classes[wrong]} of point ${wrong} is not in 0..${count - 1}`)
    return classes
  }

  done(): void {
    const extra = Object.keys(this.#source.tensors).filter((name) => !this.#taken.has(name))
    if (extra.length > 0) throw this.#corrupt(`it holds unknown tensors: ${extra.join(', ')}`)
  }

  async #floats(name: string, dtype: 'F32' | 'F64', shape: number[]): Promise<Float64Array> {
    const stored = await this.#tensor(name, dtype, shape)
    if (!(stored instanceof Float64Array || stored instanceof Float32Array)) {
      throw this.#corrupt(`'${name}' holds no floating-point numbers`)
    }
    const data = stored instanceof Float64Array ? stored : new Float64Array(stored)
    const wrong = firstNotFinite(data)
    if (wrong >= 0) throw this.#corrupt(`element ${wrong} of '${name}' is ${data[wrong]}`)
    return data
  }

  async #tensor(name: string, dtype: string, shape: number[]): Promise<TensorArray> {
    if (!this.has(name)) throw this.#corrupt(`it lacks the tensor '${name}'`)
    const entry = this.#source.tensors[name]
    if (entry.dtype !== dtype || entry.shape.join() !== shape.join()) {
      throw this.#corrupt(
        `'${name}' is ${entry.dtype} [${entry.shape.join(', ')}], not ${dtype} [${shape.join(', ')}]`,
      )
    }
    this.#taken.add(name)
    return entry.read()
  }

  #corrupt(message: string): RetortError {
    return corruptFile(this.#file, message)
  }
}

function storedMatrix(name: string, a: Matrix, storage: Storage): TensorInput {
  if (storage === 'float64') return exactMatrix(name, a)
  const data = Float32Array.from(a.data)
  requireFinite(name, data, a.data)
  return { dtype: 'F32', shape: [a.rows, a.cols], data }
}

function exactMatrix(name: string, a: Matrix): TensorInput {
  return { ...exactVector(name, a.data), shape: [a.rows, a.cols] }
}

function exactVector(name: string, data: Float64Array): TensorInput {
  requireFinite(name, data, data)
  return { dtype: 'F64', shape: [data.length], data }
}

function requireFinite(name: string, stored: Float32Array | Float64Array, original: Float64Array): void {
  const wrong = firstNotFinite(stored)
  if (wrong < 0) return
  const overflow = Number.isFinite(original[wrong])
  throw new RetortError({
    code: 'check/not-finite',
    message: `element ${wrong} of '${name}' is ${original[wrong]}${overflow ? ', beyond the largest float32' : ''}`,
    why: 'A set with values that are not finite trains no model.',
    hint: overflow
      ? 'Store float64: --storage float64'
      : 'Raise λ with --ridge VALUE, or look at the data with: retort inspect DATA',
    values: { tensor: name, index: wrong, value: String(original[wrong]) },
  })
}

function firstNotFinite(data: Float32Array | Float64Array): number {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return i
  return -1
}
