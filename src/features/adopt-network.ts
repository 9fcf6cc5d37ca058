import { z } from 'zod'
import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import { decoderOf } from '#data/elements'
import { readSafetensors } from '#data/formats/safetensors'
import type { Source } from '#data/source'
import { convGeometry } from './conv-geometry.ts'
import type { FeatureMapRequest } from './feature-map.ts'
import { afterLayer } from './network.ts'
import { inputSizeOf, parseOptions, unfit } from './requests.ts'

/** A tensor of a user's network. */
export interface Tensor {
  readonly shape: readonly number[]
  /** Row-major. */
  readonly data: Float64Array
}

const { activation, slope } = afterLayer
const tensors = z
  .string()
  .optional()
  .describe('Name of the tensors without .weight and .bias; default: the next in order.')

/** What a weights file does not say of a layer; sizes and biases are read off its tensors. */
export const adoptedLayers = z
  .array(
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('dense'), activation, slope, tensors }),
      z.strictObject({
        type: z.literal('conv'),
        stride: z.int().min(1).default(1),
        padding: z.int().min(0).default(0),
        activation,
        slope,
        tensors,
      }),
    ]),
  )
  .min(1)

type AdoptedLayer = z.infer<typeof adoptedLayers>[number]

/**
 * The request for feature map `network` that makes a user's trained network: the layers that are described, the rest
 * of the file (a classifier, say) being left alone. Tensors lie as PyTorch has them: dense weights outputs × inputs,
 * filters outputs × channels × height × width, images flattened channels first; they are turned into channels last.
 * @param layers see `adoptedLayers`
 * @throws RetortError `config/feature-map` for a description that does not fit, `data/weights` for tensors that do not
 */
export function adoptNetwork(
  file: Readonly<Record<string, Tensor>>,
  inputShape: readonly number[],
  layers: unknown,
): Pick<FeatureMapRequest, 'inputShape' | 'options' | 'weights'> {
  const described = parseOptions('network', adoptedLayers, layers)
  const names = layerNames(file)
  const weights: Record<string, Matrix> = {}
  const specified: object[] = []
  let shape = inputShape
  described.forEach((layer, l) => {
    const name = layer.tensors ?? names[l]
    if (name === undefined) {
      throw unfit('network', `${described.length} layers are described, the weights hold ${names.length}`)
    }
    const weight = tensorNamed(file, `${name}.weight`)
    const adopted =
      layer.type === 'dense' ? adoptDense(name, weight, shape) : adoptConv(name, weight, shape, layer)
    const hasBias = Object.hasOwn(file, `${name}.bias`)
    weights[`layer${l + 1}.weight`] = adopted.weight
    if (hasBias) weights[`layer${l + 1}.bias`] = adoptBias(name, file, adopted.weight.rows)
    const { tensors: _from, ...rest } = layer
    specified.push({ ...rest, ...adopted.sizes, bias: hasBias })
    shape = adopted.outShape
  })
  return { inputShape, options: { layers: specified }, weights }
}

/** Floating-point tensors of a safetensors file, as float64. Others are left out. */
export async function readTensors(source: Source): Promise<Record<string, Tensor>> {
  const { tensors: entries } = await readSafetensors(source)
  const kinds = { F64: 'float64', F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const
  const result: Record<string, Tensor> = {}
  for (const [name, { dtype, shape, offset, byteLength }] of Object.entries(entries)) {
    if (dtype !== 'F64' && dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') continue
    const bytes = new Uint8Array(await source.slice(offset, offset + byteLength))
    const data = new Float64Array(inputSizeOf(shape))
    decoderOf({ kind: kinds[dtype], littleEndian: true })(bytes, data.length, data, 0)
    result[name] = { shape, data }
  }
  return result
}

/** Names of the weights of two or four axes, numbers in them by value: `2.weight` before `10.weight`. */
function layerNames(file: Readonly<Record<string, Tensor>>): string[] {
  return Object.entries(file)
    .filter(([name, { shape }]) => name.endsWith('.weight') && (shape.length === 2 || shape.length === 4))
    .map(([name]) => name.slice(0, -'.weight'.length))
    .sort((a, b) => byNumbers(a.split(/(\d+)/), b.split(/(\d+)/)))
}

function byNumbers(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] === b[i]) continue
    if (i % 2 === 1) return Number(a[i]) - Number(b[i])
    return a[i] < b[i] ? -1 : 1
  }
  return a.length - b.length
}

interface AdoptedTensor {
  readonly weight: Matrix
  readonly outShape: readonly number[]
  /** What the layer's description lacked. */
  readonly sizes: Readonly<Record<string, number>>
}

function adoptDense(name: string, { shape, data }: Tensor, inShape: readonly number[]): AdoptedTensor {
  const inputs = inputSizeOf(inShape)
  if (shape.length !== 2 || shape[1] !== inputs) {
    throw misfit(name, shape, `a dense layer on ${inShape.join(' × ')} needs outputs × ${inputs}`)
  }
  const [outputs] = shape
  const weight = matrix(outputs, inputs, data.slice())
  if (inShape.length === 3) {
    const [height, width, channels] = inShape
    for (let at = 0; at < data.length; at++) {
      const entry = at % inputs
      const channel = Math.floor(entry / (height * width))
      const pixel = entry % (height * width)
      weight.data[at - entry + pixel * channels + channel] = data[at]
    }
  }
  return { weight, outShape: [outputs], sizes: { width: outputs } }
}

function adoptConv(
  name: string,
  { shape, data }: Tensor,
  inShape: readonly number[],
  { stride, padding }: Extract<AdoptedLayer, { type: 'conv' }>,
): AdoptedTensor {
  const [filters, channels, kernel, across] = shape
  if (shape.length !== 4 || inShape.length !== 3 || channels !== inShape[2] || kernel !== across) {
    throw misfit(
      name,
      shape,
      `a convolution of ${inShape.join(' × ')} needs filters × ${inShape[2] ?? 1} × side × side`,
    )
  }
  const patch = channels * kernel * kernel
  const weight = matrix(filters, patch)
  for (let at = 0; at < data.length; at++) {
    const entry = at % patch
    const channel = Math.floor(entry / (kernel * kernel))
    weight.data[at - entry + (entry % (kernel * kernel)) * channels + channel] = data[at]
  }
  const geometry = convGeometry('network', inShape, { channels: filters, kernel, stride, padding })
  return {
    weight,
    outShape: [geometry.outHeight, geometry.outWidth, filters],
    sizes: { channels: filters, kernel },
  }
}

function adoptBias(name: string, file: Readonly<Record<string, Tensor>>, length: number): Matrix {
  const { shape, data } = tensorNamed(file, `${name}.bias`)
  if (data.length !== length) throw misfit(`${name}.bias`, shape, `the layer has ${length} outputs`)
  return matrix(1, length, data.slice())
}

function tensorNamed(file: Readonly<Record<string, Tensor>>, name: string): Tensor {
  if (Object.hasOwn(file, name)) return file[name]
  throw new RetortError({
    code: 'data/weights',
    message: `the weights hold no tensor '${name}'; they hold ${Object.keys(file).join(', ') || 'nothing'}`,
    hint: 'Name the tensors of each layer in the description; see docs/feature-maps.md.',
    path: name,
  })
}

function misfit(name: string, shape: readonly number[], needed: string): RetortError {
  return new RetortError({
    code: 'data/weights',
    message: `tensor '${name}' is ${shape.join(' × ') || 'a single number'}; ${needed}`,
    why: 'The description and the weights are of different networks.',
    hint: 'Describe the layers in the order of the network; see docs/feature-maps.md.',
    path: name,
  })
}
