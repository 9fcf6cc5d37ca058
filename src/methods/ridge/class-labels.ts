import { copyOf, type Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { meanFree } from '../closed-form/complement.ts'
import { classLabels, columnMeans, labelFrame, type LabelFrame } from '../closed-form/labels.ts'
import { spectrumOf, type Spectrum } from '../closed-form/spectrum.ts'
import { fitRounding } from './promised-model.ts'

/** Fixed labels of classes, and what they allow for one model. */
export interface ClassLabels {
  readonly classes: Int32Array
  /** Y_S, m × k. */
  readonly labels: Matrix
  /** ȳ_S, length k; zeros without an intercept. */
  readonly mean: Float64Array
  /** Of the labels, or of the centred labels in m − 1 dimensions with an intercept. */
  readonly frame: LabelFrame
  /** ‖Y_S⁺ W‖₂: no points with these labels serve λ_S above 1/(4 ‖Y_S⁺ W‖₂²). */
  readonly norm: number
  /**
   * The points have full rank, clear of rounding. Fixed labels leave them short of it where W lacks rank: exact in
   * float64, but after storage as float32 rounding stands where zeros stood.
   */
  readonly sound: boolean
  /** x̄_S with W x̄_S + b = ȳ_S, nearest to the data's mean; zeros without an intercept. */
  readonly inputMean: Float64Array
  /** What is left of W x̄_S + b − ȳ_S, relative to its terms. */
  readonly meanError: number
}

/** The affine model to carry: W by its spectrum and as a matrix, b, and the data's mean. */
export interface Carried {
  readonly weight: Matrix
  readonly spectrum: Spectrum
  readonly bias: Float64Array
  readonly intercept: boolean
  readonly dataMean: Float64Array
}

/** @param of the class of every point, m ≥ 1 */
export async function classLabelsFor(
  blas: Blas,
  model: Carried,
  of: Int32Array,
  centred: boolean,
): Promise<ClassLabels> {
  const labels = classLabels(of, model.bias.length, centred)
  const seen = model.intercept ? await (await meanFree(blas, of.length)).project(labels) : labels
  const frame = await labelFrame(blas, seen, model.weight, Math.sqrt(of.length))
  const spectrum = await spectrumOf(blas, frame.m)
  const norm = spectrum.values[0] ?? 0
  const sound = isSound(spectrum, seen.rows - frame.a.cols, Math.min(seen.rows, model.weight.cols))
  const mean = model.intercept ? columnMeans(labels) : new Float64Array(model.bias.length)
  return { classes: of, labels, mean, frame, norm, sound, ...inputMeanFor(model, mean) }
}

/** Singular values of W are zero or within 10⁶ of the largest, and the noise fills up what W leaves of the rank. */
function isSound({ rank, values, vt }: Spectrum, noise: number, full: number): boolean {
  return rank + Math.min(noise, vt.cols - rank) === full && !(values[rank - 1] < 1e-6 * values[0])
}

/** Fixed class labels reach all of the model, slope and intercept. */
export function carries({ frame, meanError }: ClassLabels): boolean {
  return frame.unreached <= fitRounding && meanError <= fitRounding
}

/** The mean of the points that gives the labels' mean: x̄ + W⁺(ȳ_S − b − W x̄), as far as Range(W) allows. */
export function inputMeanFor(
  { weight, spectrum, bias, intercept, dataMean }: Carried,
  labelMean: Float64Array,
): { inputMean: Float64Array; meanError: number } {
  const inputMean = dataMean.slice()
  if (!intercept) return { inputMean: inputMean.fill(0), meanError: 0 }
  const predicted = multiply(weight, dataMean)
  const wanted = labelMean.map((value, i) => value - bias[i] - predicted[i])
  const { rank, u, values, vt } = spectrum
  for (let r = 0; r < rank; r++) {
    let along = 0
    for (let i = 0; i < u.rows; i++) along += u.data[i * rank + r] * wanted[i]
    for (let j = 0; j < vt.cols; j++) inputMean[j] += (along / values[r]) * vt.data[r * vt.cols + j]
    for (let i = 0; i < u.rows; i++) wanted[i] -= along * u.data[i * rank + r]
  }
  const scale = length(labelMean) + length(bias) + length(predicted)
  return { inputMean, meanError: scale === 0 ? 0 : length(wanted) / scale }
}

/** The labels times a factor: about their mean with an intercept, about zero without. */
export function scaledLabels({ labels, mean }: ClassLabels, factor: number): Matrix {
  const result = copyOf(labels)
  if (factor === 1) return result
  for (let at = 0; at < result.data.length; at++) {
    const centre = mean[at % result.cols]
    result.data[at] = centre + factor * (result.data[at] - centre)
  }
  return result
}

/** W x + b, the label that the model gives to x. */
export function predictedLabel(
  { weight, bias }: Pick<Carried, 'weight' | 'bias'>,
  x: Float64Array,
): Float64Array {
  return multiply(weight, x).map((value, i) => value + bias[i])
}

function multiply(a: Matrix, x: Float64Array): Float64Array {
  const result = new Float64Array(a.rows)
  for (let i = 0, at = 0; i < a.rows; i++) for (let j = 0; j < a.cols; j++) result[i] += a.data[at++] * x[j]
  return result
}

function length(x: Float64Array): number {
  return Math.hypot(...x)
}
