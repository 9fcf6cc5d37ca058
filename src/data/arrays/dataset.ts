import type { Dataset, Split } from '#core/dataset'
import { RetortError } from '#core/errors'
import { fixedSplit } from '../fixed-split.ts'
import type { OpenOptions } from '../formats/format.ts'
import { labelFile } from '../label-file.ts'
import { familyOf, fileNamed, kindOf, pairSplits, roleOf, some } from '../pairing.ts'
import type { Place, Source } from '../source.ts'
import { commonType, inputLane, inputLayout } from './inputs.ts'
import { labelLane, type LabelSource, targetOf } from './labels.ts'
import { isNumeric, type NamedArray, numeric, type NumberArray } from './named-array.ts'

/**
 * A dataset from arrays found in a place: inputs and labels are told apart by their names, else by their axes; splits
 * by their names; labels may also lie in text files.
 * @throws RetortError `data/no-inputs`, `data/no-labels`, `data/shape-mismatch`, and what inputs and labels throw
 */
export async function arrayDataset(
  place: Place,
  arrays: readonly NamedArray[],
  options: OpenOptions,
  texts: readonly Source[] = [],
): Promise<Dataset> {
  const inputs = inputsAmong(arrays, options)
  const labels: Labelled[] = [...arrays.filter((array) => !inputs.includes(array)), ...texts]
  if (inputs.length === 0) throw noInputs(place, arrays)
  const { train, test, notes } = pairSplits(inputs, {
    train: arrayNamed(inputs, options.train, 'train')?.name,
    test: arrayNamed(inputs, options.test, 'test')?.name,
  })
  const trainInputs = single(train)
  const testInputs = test.length > 0 ? single(test) : undefined
  const trainLabels = chosen(labels, trainInputs, inputs.length, options.labels, '--labels')
  if (!trainLabels) throw noLabels(trainInputs, labels)
  const testLabels =
    testInputs && chosen(labels, testInputs, inputs.length, options.testLabels, '--test-labels')
  const used = testInputs && testLabels ? [trainInputs, testInputs] : [trainInputs]
  const remarks = testInputs && !testLabels ? [`${testInputs.name} has no labels and was left out`] : []

  const layout = inputLayout(trainInputs)
  const elementType = commonType(used)
  const trainSource = await labelSource(trainLabels, options)
  const target = await targetOf(trainSource, options)
  const inputSize = layout.inputShape.reduce((product, side) => product * side, 1)
  const shape = target.kind === 'class' ? target : { ...target, columns: target.names.length }
  const split = async (name: string, array: NumberArray, labels: LabelSource): Promise<Split> => {
    const lanes = [
      inputLane(array, layout),
      await labelLane(labels, target, array.name, array.shape[0], options.signal),
    ]
    return fixedSplit({ name, count: array.shape[0], inputSize, elementType, target: shape, lanes })
  }
  const trainSplit = await split('train', trainInputs, trainSource)
  let testSplit: Split | undefined
  if (testInputs && testLabels) {
    if (testInputs.shape.slice(1).join() !== trainInputs.shape.slice(1).join()) {
      throw shapeMismatch(trainInputs, testInputs)
    }
    testSplit = await split('test', testInputs, await labelSource(testLabels, options))
  }
  const files = [trainInputs, trainLabels, ...(testInputs && testLabels ? [testInputs, testLabels] : [])]
  return {
    name: place.path
      .replace(/\/+$/, '')
      .replace(/^.*\//, '')
      .replace(/\.(gz|npy|npz|safetensors|idx)$/i, ''),
    kind: layout.kind,
    inputShape: layout.inputShape,
    elementType,
    target,
    splits: { train: trainSplit, ...(testSplit && { test: testSplit }) },
    source: {
      path: place.path,
      files: [...new Set(files.map((file) => ('file' in file ? file.file : file.name)))],
    },
    notes: [...notes, ...remarks],
  }
}

type Labelled = NamedArray | Source

/** Arrays whose name speaks of inputs, else those with several axes; and those that a flag names. */
function inputsAmong(arrays: readonly NamedArray[], options: OpenOptions): NamedArray[] {
  const { train, test, labels, testLabels } = options
  const free = arrays.filter((array) => ![labels, testLabels].some((name) => isCalled(array, name)))
  const kinds = new Map(free.map((array) => [array, kindOf(array.member ?? array.name)]))
  const named = free.filter((array) => kinds.get(array) === 'inputs')
  const shaped = free.filter((array) => !kinds.get(array) && isNumeric(array) && array.shape.length > 1)
  const inputs = named.length > 0 ? named : shaped
  const asked = [arrayNamed(arrays, train, 'train', inputs), arrayNamed(arrays, test, 'test', inputs)]
  return arrays.filter((array) => inputs.includes(array) || asked.includes(array))
}

function isCalled({ name, file, member }: NamedArray, wanted: string | undefined): boolean {
  return wanted !== undefined && [name, file, member].includes(wanted)
}

/** The array that a flag means, by full name, file or name within the file; those `preferred` and of the role first. */
function arrayNamed(
  arrays: readonly NamedArray[],
  wanted: string | undefined,
  role: 'train' | 'test',
  preferred: readonly NamedArray[] = arrays,
): NamedArray | undefined {
  if (wanted === undefined) return undefined
  const candidates = arrays.filter((array) => isCalled(array, wanted))
  const best = candidates.filter((array) => preferred.includes(array))
  const ofRole = best.filter((array) => roleOf(array.name) === role)
  return ofRole[0] ?? best[0] ?? candidates[0] ?? fileNamed(arrays, wanted, `--${role}`)
}

/** The labels of an input array: the ones named, those alike in role and family, in role, or the only ones there are. */
function chosen(
  labels: readonly Labelled[],
  inputs: NamedArray,
  inputArrays: number,
  wanted: string | undefined,
  flag: string,
): Labelled | undefined {
  if (wanted !== undefined) {
    const member = labels.find((label) => 'member' in label && label.member === wanted)
    return member ?? fileNamed(labels, wanted, flag)
  }
  const role = roleOf(inputs.name)
  const ofKind = labels.filter((label) => 'file' in label || kindOf(label.name) === 'labels')
  const ofRole = ofKind.filter((label) => roleOf(label.name) === role)
  const ofFamily = ofRole.filter((label) => familyOf(label.name) === familyOf(inputs.name))
  const alone = inputArrays === 1 && ofKind.length === 1 ? ofKind[0] : undefined
  return ofFamily[0] ?? ofRole[0] ?? alone
}

async function labelSource(labels: Labelled, options: OpenOptions): Promise<LabelSource> {
  return 'file' in labels ? labels : labelFile(labels, options.target)
}

function single(arrays: readonly NamedArray[]): NumberArray {
  if (arrays.length === 1) return numeric(arrays[0], 'inputs')
  const names = arrays.map(({ name }) => name)
  throw new RetortError({
    code: 'data/ambiguous-split',
    message: `${some(names)}: ${names.length} arrays could hold the same inputs`,
    hint: `Say which: --train ${names[0]}`,
    values: { candidates: names.length },
  })
}

function noInputs(place: Place, arrays: readonly NamedArray[]): RetortError {
  return new RetortError({
    code: 'data/no-inputs',
    message: `${place.path} holds no array of inputs; found ${some(arrays.map(describe))}`,
    hint: 'Name the input array: --train NAME, and its labels: --labels NAME',
    path: place.path,
  })
}

function noLabels(inputs: NamedArray, labels: readonly Labelled[]): RetortError {
  return new RetortError({
    code: 'data/no-labels',
    message: `no labels were found for ${describe(inputs)}`,
    why: 'Labels are recognised by a name such as train-labels or y_train.',
    hint: `Name them: --labels ${labels[0]?.name ?? 'FILE'}`,
    path: inputs.name,
  })
}

function shapeMismatch(train: NamedArray, test: NamedArray): RetortError {
  return new RetortError({
    code: 'data/shape-mismatch',
    message: `${describe(test)} does not fit ${describe(train)}`,
    why: 'Training and test examples must have the same shape.',
    hint: 'Name the test split that belongs to the training split: --test FILE',
    path: test.name,
  })
}

function describe({ name, shape }: NamedArray): string {
  return `${name} [${shape.join(', ')}]`
}
