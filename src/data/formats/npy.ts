import { RetortError } from '#core/errors'
import { arrayDataset } from '../arrays/dataset.ts'
import type { NamedArray } from '../arrays/named-array.ts'
import { type Content, contentOf, headOf } from '../content.ts'
import type { ElementKind } from '../elements.ts'
import { corrupt, truncated, unsupported } from '../faults.ts'
import { filesOfFormat } from '../pairing.ts'
import type { Source } from '../source.ts'
import type { Format } from './format.ts'

/** NPY (NumPy Enhancement Proposal 1; numpy.lib.format): magic, version, a Python literal as header, the values. */
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
const largestHeader = 1 << 20

const elementKinds = new Map<string, ElementKind>([
  ['b1', 'bool'],
  ['u1', 'uint8'],
  ['i1', 'int8'],
  ['u2', 'uint16'],
  ['i2', 'int16'],
  ['u4', 'uint32'],
  ['i4', 'int32'],
  ['u8', 'uint64'],
  ['i8', 'int64'],
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
])

const usualName = /\.npy(\.gz)?$/i
const textName = /\.(csv|tsv|txt)$/i

export const npy: Format = {
  id: 'npy',
  title: 'NPY (NumPy arrays)',

  async matches({ files }) {
    return files.some(({ name }) => usualName.test(name)) || hasMagic(files[0])
  },

  async open(place, options) {
    const texts = place.files.filter(({ name }) => textName.test(name))
    const files = filesOfFormat(place, options, usualName).filter((file) => !texts.includes(file))
    const arrays = await Promise.all(
      files.map(async (file) => ({ ...(await npyArray(await contentOf(file))), file: file.name })),
    )
    return arrayDataset(place, arrays, options, texts)
  },
}

/**
 * Reads the header of an NPY file or archive member.
 * @throws RetortError `data/wrong-magic`, `data/truncated`, `data/corrupt`, `data/unsupported` (Fortran order, objects,
 * complex numbers, records)
 */
export async function npyArray(content: Content): Promise<Omit<NamedArray, 'file'>> {
  const { name } = content
  const head = await headOf(content, 12)
  if (head.length < 12 && magic.every((byte, i) => i >= head.length || head[i] === byte)) {
    throw truncated(name, 12, head.length, 'the NPY header')
  }
  if (!magic.every((byte, i) => head[i] === byte)) throw wrongMagic(name, head)
  const version = head[6]
  if (version < 1 || version > 3)
    throw unsupported(name, `NPY version ${version}`, 'Write it with numpy.save.')
  const view = new DataView(head.buffer, head.byteOffset)
  const start = version === 1 ? 10 : 12
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > largestHeader) throw corrupt(name, `its header claims ${length} bytes`, { length })
  const header = (await headOf(content, start + length)).subarray(start)
  if (header.length < length) throw truncated(name, start + length, start + header.length, 'the NPY header')
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(header)
  const { descr, fortran, shape } = parseHeader(name, text)
  if (fortran && shape.filter((side) => side > 1).length > 1) {
    throw unsupported(
      name,
      'it is in Fortran order (column by column), so its rows cannot be streamed',
      'Write it row by row: numpy.save(path, numpy.ascontiguousarray(x))',
    )
  }
  if (shape.length === 0)
    throw unsupported(name, 'it holds a single number', 'Give an array with one row an example.')
  return { name, encoding: encodingOf(name, descr), shape, content, offset: start + length }
}

/** The three entries of the header, e.g. `{'descr': '<f4', 'fortran_order': False, 'shape': (700, 384), }`. */
function parseHeader(name: string, text: string): { descr: string; fortran: boolean; shape: number[] } {
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[))/.exec(text)
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)
  if (descr?.[2]) {
    throw unsupported(
      name,
      'it holds records with named fields',
      'Write inputs and labels as two plain arrays.',
    )
  }
  const sides =
    shape?.[1].split(',').flatMap((side) => (side.trim() === '' ? [] : [parseInt(side, 10)])) ?? []
  if (!descr || !fortran || !shape || !Number.isSafeInteger(sides.reduce((a, b) => a * b, 8))) {
    throw corrupt(name, `its header is not that of an array: ${text.trim().slice(0, 120)}`)
  }
  return { descr: descr[1], fortran: fortran[1] === 'True', shape: sides }
}

function encodingOf(name: string, descr: string): NamedArray['encoding'] {
  const [, order, type, size] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr) ?? []
  const littleEndian = order !== '>'
  const kind = elementKinds.get(`${type}${size}`)
  if (kind !== undefined) return { kind, littleEndian }
  if (type === 'U' && Number(size) > 0) return { kind: 'unicode', bytes: 4 * Number(size), littleEndian }
  if (type === 'S' && Number(size) > 0) return { kind: 'bytes', bytes: Number(size), littleEndian }
  throw unsupported(
    name,
    `its element type is ${descr}${type === 'O' ? ' (pickled Python objects)' : ''}`,
    type === 'O'
      ? "Write plain numbers or text: numpy.save(path, x.astype('float32')), or x.astype(str) for labels"
      : "Convert it: numpy.save(path, x.astype('float64'))",
    { descr },
  )
}

async function hasMagic(source: Source): Promise<boolean> {
  const head = new Uint8Array(await source.slice(0, magic.length))
  return magic.every((byte, i) => head[i] === byte)
}

function wrongMagic(name: string, head: Uint8Array): RetortError {
  const found = Array.from(head.subarray(0, 6), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return new RetortError({
    code: 'data/wrong-magic',
    message: `${name} begins with ${found}; an NPY file begins with 93 4e 55 4d 50 59`,
    why: 'The file is damaged, or is not an NPY file.',
    hint: `Write ${name} again with numpy.save.`,
    path: name,
    values: { magic: found },
  })
}
