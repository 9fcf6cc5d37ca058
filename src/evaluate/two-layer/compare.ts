import type { Batch } from '#core/dataset'
import type { Comparison, ComparisonRow, Score } from '#core/evaluation'
import type { Matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import type { MemoryPoint, StudentResult } from '#core/two-layer-findings'
import type { TwoLayerSet } from '#core/distilled-set'
import { preprocess } from '#data/preprocessing'
import type { Blas } from '#linalg/blas'
import type { TwoLayerModel } from '#models/two-layer/model'
import { predictTwoLayerModels } from '#models/two-layer/model'
import type { OnData } from '#models/two-layer/reference-models'
import { trainOracle, trainRandomFeatures, trainTeacher } from '#models/two-layer/reference-models'
import { storedNumbers } from '#models/two-layer/memory'
import { createRoom } from '#models/two-layer/room'
import { trainStudent } from '#models/two-layer/student'
import { firstSeed } from '#models/two-layer/witness'
import type { Baseline } from '../baselines/baseline.ts'
import { takeExamples } from '../examples.ts'
import { meanOf, sampleDeviation, wilsonInterval } from '../intervals.ts'
import type { ScoringTask } from '../score.ts'
import type { Predictor } from '../score-predictors.ts'
import { errorOf, scorePredictors } from '../score-predictors.ts'
import { chooseSubsets } from '../subsets.ts'
import { lazyKernel } from './lazy-kernel.ts'
import { trainSubsetTeacher } from './subset-teacher.ts'
import { signedTargets } from './targets.ts'

/** Most real examples of the kernel row, whatever n: its matrix grows with their square. */
export const kernelExamples = 2000

/** Students whose seeds stand for all fresh initialisations. */
export const claimedSeeds: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8]

/** The seeds that the labels of a set serve. */
export function seedsOf({ training }: TwoLayerSet): readonly number[] {
  return training.initialisation === 'any' ? claimedSeeds : [firstSeed(training)]
}

export interface TwoLayerCompareTask {
  readonly set: TwoLayerSet
  /** All training examples, preprocessed, with their linear part. */
  readonly data: OnData
  /** n */
  readonly examples: number
  /** Raw examples that baselines choose from; without the hold-out. */
  readonly pool: Batch
  readonly holdOut: Batch
  readonly scoring: ScoringTask & { readonly split: Comparison['split'] }
  /** The true subspace, r × d, where it is known. */
  readonly subspace?: Matrix
  readonly seed: number
  readonly blas: Blas
  readonly baselines: readonly Baseline[]
  /** Of students and references; default: the width that the labels were made for. */
  readonly width?: number
  /** Of students; default: those of the certificate. */
  readonly seeds?: readonly number[]
}

export interface TwoLayerComparison {
  readonly comparison: Comparison
  readonly students: readonly StudentResult[]
  readonly memory: readonly MemoryPoint[]
  /** The error of the best constant: 1 relative to the variance, or the share of the rarer class. */
  readonly chance: number
  /** Trained on all the data in one step, and the first student. */
  readonly teacher: TwoLayerModel
  readonly student: TwoLayerModel
}

interface Entry {
  readonly name: string
  readonly points: number
  readonly ridge: number
  readonly floats: number
  readonly predictors: readonly Predictor[]
  readonly note?: string
}

/**
 * Scores fresh students of the set beside the teacher on all data with one and with three steps, the oracle where the
 * directions are known, random features, and the same teacher on real examples that are as many numbers as the set.
 * All models are scored in one pass.
 */
export async function compareTwoLayer(
  task: TwoLayerCompareTask,
  watch: Watch = {},
): Promise<TwoLayerComparison> {
  const { set, data, blas, seed, examples } = task
  const { width = set.training.width, seeds = seedsOf(set) } = task
  const room = createRoom()
  /** Of models that are asked one after another about the same inputs. */
  const predictorsOf = (models: readonly TwoLayerModel[]): Predictor[] => {
    let last: { readonly inputs: Matrix; readonly outputs: Promise<Float64Array[]> } | undefined
    return models.map((_, m) => async (inputs) => {
      if (last?.inputs !== inputs) {
        last = { inputs, outputs: predictTwoLayerModels(models, inputs, blas, room) }
      }
      return (await last.outputs)[m]
    })
  }
  const predictor = (model: TwoLayerModel): Predictor => predictorsOf([model])[0]
  const all = examples * (set.points.cols + 1)
  const entries: Entry[] = []
  const whole = (name: string, model: TwoLayerModel, ridge: number, note?: string) =>
    entries.push({ name, points: examples, ridge, floats: all, predictors: [predictor(model)], note })

  const teacherRidge = 1e-4
  const settings = { width, seed, ridge: teacherRidge }
  const staged = (stage: string): OnData => ({ ...data, room, watch: { ...watch, stage, total: examples } })
  const teacher = await trainTeacher(staged('teacher'), settings)
  whole('teacher', teacher, teacherRidge, 'one step of the first layer on all examples')
  const students = await Promise.all(
    seeds.map((start) => trainStudent(set, { seed: start, width }, blas.apart ?? blas)),
  )
  const stored = storedNumbers(set.points, set.training).total
  entries.push({
    name: 'distilled',
    points: set.points.rows,
    ridge: set.training.ridge,
    floats: stored,
    predictors: predictorsOf(students),
  })
  if (task.baselines.length > 0) {
    whole(
      'teacher, 3 steps',
      await trainTeacher(staged('teacher'), { ...settings, steps: 3 }),
      teacherRidge,
      'three steps of the first layer on all examples',
    )
    if (task.subspace) {
      const oracle = await trainOracle(staged('oracle'), task.subspace, settings)
      whole('oracle', oracle, teacherRidge, 'neurons drawn inside the true directions')
    }
    const random = await trainRandomFeatures(staged('random features'), settings)
    whole('random features', random, teacherRidge, 'an untrained first layer')
    const { pool, holdOut, scoring } = task
    const kernelTask = { pool, holdOut, scoring, linear: data.linear, examples: kernelExamples, seed }
    const { predict, ...lazy } = await lazyKernel(kernelTask, watch)
    entries.push({
      name: 'NTK ridge',
      ...lazy,
      floats: lazy.points * (set.points.cols + 1),
      predictors: [predict],
      note: `the kernel of a wide network that learns no features, on ${lazy.points} random real examples, not on all ${examples}`,
    })
    entries.push(...(await subsetEntries(task, stored, predictor, watch)))
  }

  const constants = [1, -1].map(
    (value): Predictor =>
      async ({ rows }) =>
        new Float64Array(rows).fill(value),
  )
  const scores = await scorePredictors(
    [...entries.flatMap(({ predictors }) => predictors), ...constants],
    task.scoring,
    watch,
  )
  let at = 0
  const rows: ComparisonRow[] = []
  const memory: MemoryPoint[] = []
  const results: StudentResult[] = []
  for (const { name, points, ridge, floats, predictors, note } of entries) {
    const own = scores.slice(at, at + predictors.length)
    at += predictors.length
    rows.push({ name, points, ridge, ...rowScore(own), ...(note !== undefined && { note }) })
    memory.push({ name, floats, relativeError: meanOf(own.map(errorOf)) })
    if (name !== 'distilled') continue
    own.forEach((score, i) => results.push({ width, seed: seeds[i], relativeError: errorOf(score) }))
  }
  return {
    comparison: { split: task.scoring.split, rows },
    students: results,
    memory,
    chance: task.scoring.target.kind === 'real' ? 1 : Math.min(...scores.slice(-2).map(errorOf)),
    teacher,
    student: students[0],
  }
}

/** The teacher on subsets of as many numbers as the set: ⌊stored / (d + 1)⌋ real examples. */
async function subsetEntries(
  task: TwoLayerCompareTask,
  stored: number,
  predictor: (model: TwoLayerModel) => Predictor,
  watch: Watch,
): Promise<Entry[]> {
  const { pool, scoring, blas, seed, set } = task
  const { inputSize, target, preprocessing } = scoring
  const points = Math.max(2, Math.min(pool.count, Math.floor(stored / (inputSize + 1))))
  const subsets = await chooseSubsets(
    task.baselines,
    { pool, inputSize, target, preprocessing, points, seed, blas },
    watch,
  )
  const examplesOf = async (batch: Batch) => ({
    inputs: await preprocess(batch.inputs, batch.count, inputSize, preprocessing, blas),
    targets: signedTargets(batch),
  })
  const holdOut = await examplesOf(task.holdOut)
  const entries = new Map<string, Entry & { predictors: Predictor[] }>()
  for (const [i, { baseline, repetition, indices }] of subsets.entries()) {
    watch.signal?.throwIfAborted()
    const { inputs, targets } = await examplesOf(takeExamples(pool, indices, inputSize, 1))
    const { model, ridge } = await trainSubsetTeacher(inputs, targets, {
      width: task.width ?? set.training.width,
      seed: repetition,
      blas,
      holdOut,
    })
    const entry = entries.get(baseline.id) ?? {
      name: baseline.id,
      points: indices.length,
      ridge,
      floats: indices.length * (inputSize + 1),
      predictors: [],
    }
    entry.predictors.push(predictor(model))
    entries.set(baseline.id, entry)
    watch.report?.({ stage: 'subsets', done: i + 1, total: subsets.length, unit: 'models' })
  }
  return [...entries.values()]
}

/** The mean over models; its interval is that of the test sampling alone, the spread stands beside it. */
function rowScore(scores: readonly Score[]): Pick<ComparisonRow, 'score' | 'seeds' | 'spread'> {
  const [first] = scores
  if (scores.length === 1) return { score: first }
  const values = scores.map(({ value }) => value)
  const value = meanOf(values)
  const mean = (i: 0 | 1) => meanOf(scores.map(({ interval }) => interval[i]))
  const interval: Score['interval'] =
    first.metric === 'accuracy' ? wilsonInterval(value, first.n) : [mean(0), mean(1)]
  return { score: { ...first, value, interval }, seeds: scores.length, spread: sampleDeviation(values) }
}
