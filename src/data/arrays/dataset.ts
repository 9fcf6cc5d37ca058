import { type Dataset, inputSize } from '#core/dataset'
import { RetortError } from '#core/errors'
import { fixedSplit } from '../fixed-split.ts'
import type { OpenOptions } from '../formats/format.ts'
import { labelFile } from '../label-file.ts'
import type { Place, Source } from '../source.ts'
import { chooseArrays, type ChosenSplit, type Labelled } from './choice.ts'
import { commonType, inputLane, inputLayout } from './inputs.ts'
import { labelLane, type LabelSource, targetOf } from './labels.ts'
import { describeArray, type NamedArray } from './named-array.ts'

/**
 * A dataset from arrays found in a place: inputs and labels are told apart by their names, else by their axes; splits
 * by their names; labels may also lie in text files.
 * @throws RetortError `data/shape-mismatch`, and what choosing the arrays, inputs and labels throw
 */
export async function arrayDataset(
  place: Place,
  arrays: readonly NamedArray[],
  options: OpenOptions,
  texts: readonly Source[] = [],
): Promise<Dataset> {
  const { train, test, notes } = chooseArrays(place.path, arrays, texts, options)
  const splits = test ? [train, test] : [train]
  if (test && sidesOf(test) !== sidesOf(train)) throw shapeMismatch(train.inputs, test.inputs)
  const layout = inputLayout(train.inputs)
  const elementType = commonType(splits.map(({ inputs }) => inputs))
  const trainLabels = await labelSource(train.labels, options)
  const target = await targetOf(trainLabels, options)

  const split = async (name: string, { inputs }: ChosenSplit, labels: LabelSource) => {
    const count = inputs.shape[0]
    return fixedSplit({
      name,
      count,
      inputSize: inputSize(layout),
      elementType,
      target: target.kind === 'class' ? target : { kind: 'real', columns: target.names.length },
      lanes: [inputLane(inputs, layout), await labelLane(labels, target, inputs.name, count, options.signal)],
    })
  }
  return {
    name: nameOf(place.path),
    kind: layout.kind,
    inputShape: layout.inputShape,
    elementType,
    target,
    splits: {
      train: await split('train', train, trainLabels),
      ...(test && { test: await split('test', test, await labelSource(test.labels, options)) }),
    },
    source: { path: place.path, files: [...new Set(splits.flatMap(filesOf))] },
    notes,
  }
}

function nameOf(path: string): string {
  const name = path.replace(/\/+$/, '').replace(/^.*\//, '')
  return name.replace(/\.gz$/i, '').replace(/\.(npy|npz|safetensors|idx)$/i, '')
}

function filesOf({ inputs, labels }: ChosenSplit): string[] {
  return [inputs.file, 'file' in labels ? labels.file : labels.name]
}

function sidesOf({ inputs }: ChosenSplit): string {
  return inputs.shape.slice(1).join()
}

async function labelSource(labels: Labelled, options: OpenOptions): Promise<LabelSource> {
  return 'file' in labels ? labels : labelFile(labels, options.target)
}

function shapeMismatch(train: NamedArray, test: NamedArray): RetortError {
  return new RetortError({
    code: 'data/shape-mismatch',
    message: `${describeArray(test)} does not fit ${describeArray(train)}`,
    why: 'Training and test examples must have the same shape.',
    hint: 'Name the test split that belongs to the training split: --test FILE',
    path: test.name,
  })
}
