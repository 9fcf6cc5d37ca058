import { RetortError } from '#core/errors'
import type { OpenOptions } from '../formats/format.ts'
import { familyOf, fileNamed, kindOf, pairSplits, roleOf, some } from '../pairing.ts'
import type { Source } from '../source.ts'
import { describeArray, isNumeric, type NamedArray, numeric, type NumberArray } from './named-array.ts'

/** Labels lie in an array, or in a text file. */
export type Labelled = NamedArray | Source

export interface ChosenArrays {
  readonly train: ChosenSplit
  readonly test?: ChosenSplit
  readonly notes: readonly string[]
}

export interface ChosenSplit {
  readonly inputs: NumberArray
  readonly labels: Labelled
}

/**
 * Tells which arrays are the inputs and labels of which split: by the flags, by their names, else by their axes.
 * @param path what was opened, for errors
 * @throws RetortError `data/no-inputs`, `data/no-labels`, `data/ambiguous-split`, `data/not-found`
 */
export function chooseArrays(
  path: string,
  arrays: readonly NamedArray[],
  texts: readonly Source[],
  options: OpenOptions,
): ChosenArrays {
  const inputs = inputsAmong(arrays, options)
  if (inputs.length === 0) throw noInputs(path, arrays)
  const labels: Labelled[] = [...arrays.filter((array) => !inputs.includes(array)), ...texts]
  const pairing = pairSplits(inputs, {
    train: arrayNamed(inputs, options.train, 'train')?.name,
    test: arrayNamed(inputs, options.test, 'test')?.name,
  })
  const train = single(pairing.train)
  const trainLabels = labelsOf(labels, train, inputs.length, options.labels, '--labels')
  if (!trainLabels) throw noLabels(train, labels)
  const chosen = { train: { inputs: train, labels: trainLabels }, notes: pairing.notes }
  if (pairing.test.length === 0) return chosen
  const test = single(pairing.test)
  const testLabels = labelsOf(labels, test, inputs.length, options.testLabels, '--test-labels')
  if (testLabels) return { ...chosen, test: { inputs: test, labels: testLabels } }
  return { ...chosen, notes: [...pairing.notes, `${test.name} has no labels and was left out`] }
}

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
function labelsOf(
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

function noInputs(path: string, arrays: readonly NamedArray[]): RetortError {
  return new RetortError({
    code: 'data/no-inputs',
    message: `${path} holds no array of inputs; found ${some(arrays.map(describeArray))}`,
    hint: 'Name the input array: --train NAME, and its labels: --labels NAME',
    path,
  })
}

function noLabels(inputs: NamedArray, labels: readonly Labelled[]): RetortError {
  return new RetortError({
    code: 'data/no-labels',
    message: `no labels were found for ${describeArray(inputs)}`,
    why: 'Labels are recognised by a name such as train-labels or y_train.',
    hint: `Name them: --labels ${labels[0]?.name ?? 'FILE'}`,
    path: inputs.name,
  })
}
