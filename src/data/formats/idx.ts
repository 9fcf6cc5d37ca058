import { RetortError } from '#core/errors'
import type { NamedArray } from '../arrays/named-array.ts'
import { arrayDataset } from '../arrays/dataset.ts'
import { contentOf, headOf } from '../content.ts'
import type { ElementKind } from '../elements.ts'
import { corrupt, truncated } from '../faults.ts'
import { filesOfFormat } from '../pairing.ts'
import type { Source } from '../source.ts'
import type { Format } from './format.ts'

/**
 * IDX (LeCun, Cortes, Burges, "The MNIST database", file formats): two zero bytes, the element type, the number of
 * axes, each axis as a big-endian uint32, then the values, big-endian and row-major.
 */
const elementKinds = new Map<number, ElementKind>([
  [0x08, 'uint8'],
  [0x09, 'int8'],
  [0x0b, 'int16'],
  [0x0c, 'int32'],
  [0x0d, 'float32'],
  [0x0e, 'float64'],
])

const usualName = /((^|[-_.])idx\d|ubyte|\.idx)(\.gz)?$/i

export const idx: Format = {
  id: 'idx',
  title: 'IDX (MNIST and its family)',

  async matches({ files }) {
    return files.some(({ name }) => usualName.test(name)) || hasMagic(files[0])
  },

  async open(place, options) {
    const files = filesOfFormat(place, options, usualName)
    const arrays = await Promise.all(files.map(idxArray))
    return arrayDataset(place, arrays, options)
  },
}

/**
 * Reads the header of an IDX file, plain or gzipped.
 * @throws RetortError `data/wrong-magic`, `data/truncated`, `data/empty`
 */
export async function idxArray(source: Source): Promise<NamedArray> {
  const content = await contentOf(source)
  const { name } = source
  const head = await headOf(content, 4 + 4 * 255)
  if (head.length < 4) throw truncated(name, 4, head.length, 'the IDX magic number')
  const kind = elementKinds.get(head[2])
  const axes = head[3]
  if (head[0] !== 0 || head[1] !== 0 || kind === undefined || axes === 0) throw wrongMagic(name, head)
  const offset = 4 + 4 * axes
  if (head.length < offset) throw truncated(name, offset, head.length, `a header of ${axes} axes`)
  const view = new DataView(head.buffer, head.byteOffset)
  const shape = Array.from({ length: axes }, (_, i) => view.getUint32(4 + 4 * i))
  if (!Number.isSafeInteger(shape.reduce((product, side) => product * side, 8))) {
    throw corrupt(name, `its header claims the shape [${shape.join(', ')}]`)
  }
  return { name, file: name, encoding: { kind, littleEndian: false }, shape, content, offset }
}

async function hasMagic(source: Source): Promise<boolean> {
  const [a, b, type, axes] = new Uint8Array(await source.slice(0, 4))
  return a === 0 && b === 0 && elementKinds.has(type) && axes >= 1 && axes <= 4
}

function wrongMagic(name: string, head: Uint8Array): RetortError {
  const magic = Array.from(head.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return new RetortError({
    code: 'data/wrong-magic',
    message: `${name} begins with ${magic}; an IDX file begins with 00 00, an element type (08 to 0e) and the number of axes`,
    why: 'The file is damaged, or is not an IDX file.',
    hint: `Fetch ${name} again, or give it the name of the format that it is in.`,
    path: name,
    values: { magic },
  })
}
