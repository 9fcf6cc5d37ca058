import type { Dataset, Split } from '#core/dataset'
import { RetortError } from '#core/errors'
import { toChannelsLast } from '../channels.ts'
import { outOfRange } from '../classes.ts'
import { type Content, joinedContent, plainContent } from '../content.ts'
import { truncated, unsupported } from '../faults.ts'
import { fixedSplit } from '../fixed-split.ts'
import { fileNamed } from '../pairing.ts'
import { checkLength, type Lane } from '../rows.ts'
import type { Place, Source } from '../source.ts'
import type { Format, OpenOptions } from './format.ts'

/**
 * CIFAR-10 and CIFAR-100, binary version (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images"): records
 * of one label byte (CIFAR-100: coarse, then fine) and 3072 bytes, the red, green and blue planes of 32 × 32 pixels.
 */
interface Variant {
  readonly train: RegExp
  readonly test: RegExp
  readonly labelBytes: number
  readonly labels: Readonly<Record<string, LabelSet>>
}

interface LabelSet {
  /** Position of the label in the record. */
  readonly byte: number
  readonly classes: number
  /** File with one class name a line. */
  readonly names: RegExp
}

const pixels = 32 * 32
const channels = 3
const imageBytes = channels * pixels

const variants: readonly Variant[] = [
  {
    train: /(^|\/)data_batch_\d+\.bin$/,
    test: /(^|\/)test_batch\.bin$/,
    labelBytes: 1,
    labels: { label: { byte: 0, classes: 10, names: /(^|\/)batches\.meta\.txt$/ } },
  },
  {
    train: /(^|\/)train\.bin$/,
    test: /(^|\/)test\.bin$/,
    labelBytes: 2,
    labels: {
      fine: { byte: 1, classes: 100, names: /(^|\/)fine_label_names\.txt$/ },
      coarse: { byte: 0, classes: 20, names: /(^|\/)coarse_label_names\.txt$/ },
    },
  },
]

const pickled = /(^|\/)cifar-100?-(batches-py|python)\/|(^|\/)data_batch_\d$/

export const cifar: Format = {
  id: 'cifar',
  title: 'CIFAR-10 and CIFAR-100 (binary version)',

  async matches({ path, files }) {
    return files.some((file) => isUsual(file, path) || pickled.test(file.name))
  },

  async open(place, options) {
    const found = variants.filter(({ train, test }) =>
      place.files.some(({ name }) => train.test(name) || test.test(name)),
    )
    if (found.length === 1) return openVariant(place, found[0], options)
    if (found.length === 0) {
      throw unsupported(
        place.path,
        'these are the pickled Python batches of CIFAR',
        'Fetch the binary version: https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz (or cifar-100-binary)',
      )
    }
    throw new RetortError({
      code: 'data/ambiguous-split',
      message: `${place.path} holds both CIFAR-10 and CIFAR-100`,
      hint: `Give the folder of one of them, e.g. ${place.path}/cifar-10-batches-bin`,
      path: place.path,
    })
  },
}

async function openVariant(place: Place, variant: Variant, options: OpenOptions): Promise<Dataset> {
  const { files } = place
  const chosen = (wanted: string | undefined, flag: string, usual: RegExp) =>
    wanted === undefined ? files.filter(({ name }) => usual.test(name)) : [fileNamed(files, wanted, flag)]
  let train = chosen(options.train, '--train', variant.train)
  let test = chosen(options.test, '--test', variant.test)
  if (train.length === 0) [train, test] = [test, []]
  const sets = Object.keys(variant.labels).map((name) => ({ name }))
  const labels =
    variant.labels[
      options.target === undefined ? sets[0].name : fileNamed(sets, options.target, '--target').name
    ]
  const names = await classNames(files, labels)
  const trainSplit = split('train', train, variant, labels, names)
  await checkTwoClasses(trainSplit, names)
  return {
    name: place.path.replace(/\/+$/, '').replace(/^.*\//, ''),
    kind: 'image',
    inputShape: [32, 32, channels],
    elementType: 'uint8',
    target: { kind: 'class', names },
    splits: {
      train: trainSplit,
      ...(test.length > 0 && { test: split('test', test, variant, labels, names) }),
    },
    source: { path: place.path, files: [...train, ...test].map(({ name }) => name) },
    notes: [],
  }
}

function split(
  name: string,
  files: readonly Source[],
  { labelBytes }: Variant,
  labels: LabelSet,
  names: readonly string[],
): Split {
  const rowBytes = labelBytes + imageBytes
  const parts = files.map((file): Content => {
    const records = Math.floor(file.byteLength / rowBytes)
    if (records * rowBytes === file.byteLength && records > 0) return plainContent(file)
    throw truncated(
      file.name,
      (records + 1) * rowBytes,
      file.byteLength,
      `a whole number of records of ${rowBytes} bytes`,
    )
  })
  const content = parts.length === 1 ? parts[0] : joinedContent(parts)
  const count = (content.byteLength ?? 0) / rowBytes
  const lane: Lane = {
    content,
    offset: 0,
    rowBytes,
    count,
    write(bytes, rows, { inputs, targets }, at, first) {
      for (let i = 0; i < rows; i++) {
        const record = i * rowBytes
        const label = bytes[record + labels.byte]
        if (label >= names.length) throw outOfRange(content.name, first + i, label, names)
        targets[at + i] = label
        toChannelsLast(bytes, record + labelBytes, inputs, (at + i) * imageBytes, channels, pixels)
      }
    },
  }
  checkLength(lane)
  return fixedSplit({
    name,
    count,
    inputSize: imageBytes,
    elementType: 'uint8',
    target: { kind: 'class' },
    lanes: [lane],
  })
}

/** One name a line, where the names file lies beside the data; else the numbers. */
async function classNames(files: readonly Source[], { classes, names }: LabelSet): Promise<string[]> {
  const file = files.find(({ name }) => names.test(name))
  const text = file ? new TextDecoder().decode(await file.slice(0, 1 << 16)) : ''
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  return lines.length === classes ? lines : Array.from({ length: classes }, (_, label) => String(label))
}

/** Reads on until a second class shows: one record, as a rule. */
async function checkTwoClasses(train: Split, names: readonly string[]): Promise<void> {
  let first: number | undefined
  for await (const { targets } of train.batches({ size: 100 })) {
    first ??= targets[0]
    if (targets.some((target: number) => target !== first)) return
  }
  throw new RetortError({
    code: 'data/one-class',
    message: `all ${train.count} training examples are of class ${names[first ?? 0]}`,
    why: 'With one class there is nothing to learn.',
    hint: 'Give data with at least two classes.',
  })
}

/** By its name; `train.bin` and `test.bin` are common names, so that size or folder must agree. */
function isUsual({ name, byteLength }: Source, path: string): boolean {
  const variant = variants.find(({ train, test }) => train.test(name) || test.test(name))
  if (variant === undefined) return false
  const fits = byteLength % (variant.labelBytes + imageBytes) === 0
  return variant.labelBytes === 1 || fits || /cifar/i.test(`${path}/${name}`)
}
