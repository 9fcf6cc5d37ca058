import type { Dataset } from '#core/dataset'
import { RetortError } from '#core/errors'
import { toChannelsLast } from '../channels.ts'
import { allocate, decoderOf, elementOf, firstNotFinite } from '../elements.ts'
import { notFinite, unsupported } from '../faults.ts'
import { checkLength, type Lane } from '../rows.ts'
import { type NumberArray, rowSize } from './named-array.ts'

/** How the rows of an array become the inputs of a dataset. */
export interface InputLayout {
  readonly kind: Dataset['kind']
  readonly inputShape: readonly number[]
  /** Images are kept plane by plane (C × H × W) in the file. */
  readonly planar: boolean
}

const isChannelCount = (side: number) => side === 1 || side === 3 || side === 4

/**
 * Two axes and fewer are vectors, three are grey images, four are images with channels last, or first where only the
 * second axis can be the channels.
 * @throws RetortError `data/empty`, `data/unsupported` for five axes and more
 */
export function inputLayout(array: NumberArray): InputLayout {
  const [count, ...sides] = array.shape
  if (count === 0 || rowSize(array) === 0) {
    throw new RetortError({
      code: 'data/empty',
      message: `${array.name} has shape [${array.shape.join(', ')}]: it holds no values`,
      hint: 'Check that the file was written to its end.',
      path: array.name,
    })
  }
  if (sides.length <= 1) return { kind: 'vector', inputShape: [sides[0] ?? 1], planar: false }
  if (sides.length === 2) return { kind: 'image', inputShape: [...sides, 1], planar: false }
  if (sides.length === 3) {
    const [a, b, c] = sides
    const planar = isChannelCount(a) && !isChannelCount(c)
    return { kind: 'image', inputShape: planar ? [b, c, a] : [a, b, c], planar }
  }
  throw unsupported(
    array.name,
    `its shape [${array.shape.join(', ')}] has ${array.shape.length} axes`,
    'Give vectors (n × p) or images (n × height × width × channels): x = x.reshape(len(x), -1)',
  )
}

/** The narrowest batch type that holds the values of all the arrays. */
export function commonType(arrays: readonly NumberArray[]): Dataset['elementType'] {
  const types = arrays.map(({ encoding }) => elementOf(encoding.kind).becomes)
  if (types.includes('float64')) return 'float64'
  return types.includes('float32') ? 'float32' : 'uint8'
}

/**
 * The rows of an array as inputs; NaN and infinity are refused while reading.
 * @throws RetortError `data/truncated`, `data/corrupt` where the length contradicts the shape
 */
export function inputLane(array: NumberArray, { planar, inputShape }: InputLayout): Lane {
  const { content, offset, shape, encoding, name } = array
  const size = rowSize(array)
  const decode = decoderOf(encoding)
  const { integer, bytes: elementBytes } = elementOf(encoding.kind)
  const checked = !integer || elementBytes === 8
  const channels = inputShape[2]
  let planes = allocate('uint8', 0)
  const lane: Lane = {
    content,
    offset,
    rowBytes: size * elementBytes,
    count: shape[0],
    write(bytes, rows, { inputs }, at, first) {
      const start = at * size
      if (planar) {
        if (planes.length < rows * size) planes = allocate(elementOf(encoding.kind).becomes, rows * size)
        decode(bytes, rows * size, planes, 0)
        for (let i = 0; i < rows; i++) {
          toChannelsLast(planes, i * size, inputs, start + i * size, channels, size / channels)
        }
      } else decode(bytes, rows * size, inputs, start)
      const bad = checked ? firstNotFinite(inputs, start, start + rows * size) : -1
      if (bad >= 0) {
        throw notFinite(name, first + Math.floor((bad - start) / size), (bad - start) % size, inputs[bad])
      }
    },
  }
  checkLength(lane)
  return lane
}
