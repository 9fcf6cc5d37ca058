import type { InputArray, Preprocessing } from '#core/dataset'
import { RetortError } from '#core/errors'
import { copyOf, matrix, transpose, type Matrix } from '#core/matrix'
import { turn } from '#core/turn'
import type { Blas } from '#linalg/blas'
import { elementWise } from '#linalg/element-wise'
import { normaliseExample } from './normalised.ts'

/** Elements changed between two turns of the event loop: a tenth of a millisecond, because products wait for their start there. */
const stretch = 1 << 16

/** Channel means and standard deviations that papers give for well-known datasets, on the scale 0..1. */
export const givenMoments = {
  mnist: { mean: [0.1307], std: [0.3081] },
  'fashion-mnist': { mean: [0.2861], std: [0.353] },
  cifar10: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
} as const

/** Bytes to 0..1, for inputs of `size` values. */
export function unitPreprocessing(size: number): Preprocessing {
  return { name: 'unit', scale: new Float64Array(size).fill(1 / 255), shift: new Float64Array(size) }
}

/**
 * x′ = (x / 255 − mean) / std with a mean and a standard deviation for each channel, as scale · x + shift.
 * @param inputShape [height, width, channels]
 * @param mean one for each channel, or one for all, on the scale 0..1
 * @param std likewise, positive
 * @throws RetortError `config/preprocessing` where numbers and channels do not fit
 */
export function givenChannel(
  inputShape: readonly number[],
  mean: readonly number[],
  std: readonly number[],
): Preprocessing {
  const channels = inputShape[2]
  if (inputShape.length !== 3) {
    throw misfit(
      `channel means need images of height × width × channels, not [${inputShape.join(', ')}]`,
      channels,
    )
  }
  for (const [name, values] of Object.entries({ mean, std })) {
    if (values.length !== channels && values.length !== 1) {
      throw misfit(`${values.length} values for ${name}, but the images have ${channels} channels`, channels)
    }
    const wrong = values.find((value) => !Number.isFinite(value) || (name === 'std' && value <= 0))
    if (wrong !== undefined) throw misfit(`${name} cannot be ${wrong}`, channels)
  }
  const size = inputShape.reduce((product, side) => product * side, 1)
  const scale = new Float64Array(size)
  const shift = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    const deviation = std[i % std.length]
    scale[i] = 1 / (255 * deviation)
    shift[i] = -mean[i % mean.length] / deviation
  }
  return { name: 'channel', scale, shift }
}

/**
 * Raw inputs to the space that models and points live in.
 * @param inputs count × size, row-major
 * @param blas needed for ZCA only
 * @param into storage for the result, count × size
 * @returns count × size, float64, its own storage unless `into` is given
 */
export async function preprocess(
  inputs: InputArray,
  count: number,
  size: number,
  preprocessing: Preprocessing,
  blas?: Blas,
  into?: Float64Array,
): Promise<Matrix> {
  const result = matrix(count, size, into)
  if (inputs instanceof Uint8Array && 'scale' in preprocessing && !preprocessing.normalised) {
    const { scale, shift } = preprocessing
    requireSize(scale.length, size)
    const { scaleBytes } = await elementWise()
    await eachRun(result, (data, from, to) =>
      scaleBytes(inputs.subarray(from, to), scale, shift, data.subarray(from, to)),
    )
    return result
  }
  // Converted first, so that the loop below sees one element type only: it is three times as fast.
  result.data.set(inputs.subarray(0, count * size))
  if (preprocessing.normalised) await eachRow(result, (data, at) => normaliseExample(data, at, size))
  if (preprocessing.name === 'none') return result
  if (preprocessing.name === 'zca') {
    const { mean, whitening } = preprocessing
    requireSize(mean.length, size)
    await eachRow(result, (data, at) => {
      for (let j = 0; j < size; j++) data[at + j] -= mean[j]
    })
    return needBlas(blas).gemm(result, whitening)
  }
  const { scale, shift } = preprocessing
  requireSize(scale.length, size)
  await eachRow(result, (data, at) => {
    for (let j = 0; j < size; j++) data[at + j] = data[at + j] * scale[j] + shift[j]
  })
  return result
}

/**
 * Points back to raw units (for showing them): (x′ − shift) / scale, or M⁻¹x′ + mean for ZCA. Where examples were
 * normalised, back to normalised ones: nothing remembers their means and lengths.
 * @param points rows in the preprocessed space; not changed
 * @param blas needed for ZCA only
 */
export async function undoPreprocessing(
  points: Matrix,
  preprocessing: Preprocessing,
  blas?: Blas,
): Promise<Matrix> {
  const { cols } = points
  if (preprocessing.name === 'none') return copyOf(points)
  if (preprocessing.name === 'zca') {
    const { mean, whitening } = preprocessing
    requireSize(mean.length, cols)
    const result = transpose(await needBlas(blas).solvePositive(whitening, transpose(points)))
    await eachRow(result, (data, at) => {
      for (let j = 0; j < cols; j++) data[at + j] += mean[j]
    })
    return result
  }
  const { scale, shift } = preprocessing
  requireSize(scale.length, cols)
  const result = copyOf(points)
  await eachRow(result, (data, at) => {
    for (let j = 0; j < cols; j++) data[at + j] = (data[at + j] - shift[j]) / scale[j]
  })
  return result
}

/** Changes a matrix row by row, given the place of each row's first element. */
function eachRow(a: Matrix, change: (data: Float64Array, at: number) => void): Promise<void> {
  return eachRun(a, (data, from, to) => {
    for (let at = from; at < to; at += a.cols) change(data, at)
  })
}

/** Changes a matrix some whole rows at a time, given the places where they start and end. */
async function eachRun(
  { rows, cols, data }: Matrix,
  change: (data: Float64Array, from: number, to: number) => void,
): Promise<void> {
  const step = Math.max(1, Math.floor(stretch / Math.max(1, cols)))
  for (let row = 0; row < rows && cols > 0; row += step) {
    const end = Math.min(row + step, rows)
    change(data, row * cols, end * cols)
    if (end - row === step) await turn()
  }
}

function requireSize(found: number, size: number): void {
  if (found !== size) throw new RangeError(`a preprocessing of ${found} values for inputs of ${size}`)
}

function needBlas(blas: Blas | undefined): Blas {
  if (!blas) throw new RangeError('ZCA needs a linear-algebra provider')
  return blas
}

function misfit(message: string, channels: number | undefined): RetortError {
  return new RetortError({
    code: 'config/preprocessing',
    message,
    hint: 'Give one value for each channel, e.g. --mean 0.4914,0.4822,0.4465 --std 0.2023,0.1994,0.2010',
    values: { channels: channels ?? null },
  })
}
