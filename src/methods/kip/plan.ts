import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import type { Precondition } from '#core/precondition'
import type { DifferentiableFeatures } from '#kernels/features'
import type { Kernel } from '#kernels/kernel'
import { differentiable, pointCount, resolveKernel } from '../kernel-options.ts'
import type { KernelTask } from '../kernel-task.ts'
import type { FeatureMoments } from './feature-moments.ts'
import { momentsAbout } from './feature-moments.ts'
import type { KipOptions, KipVariant } from './options.ts'
import { kipVariantOf } from './options.ts'
import { groupsOfExamples, labelOffsetOf } from './support.ts'

/** Everything of a run that its steps do not change. */
export interface KipPlan {
  readonly task: KernelTask
  readonly options: KipOptions
  readonly variant: KipVariant
  /** Of the first step; the schedule lowers it from there. */
  readonly learningRate: number
  readonly points: number
  readonly kernel: Kernel
  /** For the variants that work on features. */
  readonly features?: { readonly map: DifferentiableFeatures; readonly moments: FeatureMoments }
  /** Taken from all labels, length k; zeros for the authors' variants. */
  readonly offset: Float64Array
  readonly groups: readonly Uint32Array[]
  /** Where the inputs of a batch are written, the same place at every step. */
  readonly room: { inputs?: Matrix }
}

/** @throws RetortError `usage/…` where options and task do not fit */
export async function planKip(task: KernelTask, options: KipOptions): Promise<KipPlan> {
  const kernel = await resolveKernel(options, task)
  const variant = kipVariantOf(options, kernel.id === 'features')
  if (variant !== 'batches' && task.features === undefined) throw needsFeatures(variant, kernel)
  const authors = variant === 'authors' || variant === 'authors-statistics'
  if (authors && options.learnLabels) throw noFreeLabels(variant)
  const offset = labelOffsetOf(task.examples, task.target)
  if (authors) offset.fill(0)
  return {
    task,
    options,
    variant,
    learningRate: options.learningRate ?? (authors ? 0.01 : 0.04),
    points: pointCount(options, task),
    kernel,
    offset,
    groups: groupsOfExamples(task.examples, task.target),
    room: {},
    ...(task.features && {
      features: {
        map: differentiable(task.features.map),
        moments: momentsAbout(task.features.statistics, offset),
      },
    }),
  }
}

/** What the method assumes; none of it is a theorem, for KIP descends a loss. */
export function kipPreconditions({ task, points, groups }: KipPlan): Precondition[] {
  return pointPreconditions(points, task.examples.count, groups.filter((group) => group.length > 0).length)
}

/** @param filled classes that have examples */
export function pointPreconditions(points: number, examples: number, filled: number): Precondition[] {
  const source = 'Nguyen, Chen, Lee 2021'
  return [
    {
      id: 'enough-examples',
      theorem: source,
      statement: 'points begin as real examples, no two of them the same',
      holds: points <= examples,
      measured: examples,
      needed: `at least ${points} examples`,
    },
    {
      id: 'every-class-has-a-point',
      theorem: source,
      statement: 'every class begins with a point of its own',
      holds: points >= filled,
      measured: points,
      needed: `at least ${filled} points`,
    },
  ]
}

/** @throws RetortError `usage/too-few-examples` */
export function refuseKip({ task, points }: KipPlan): void {
  if (points <= task.examples.count) return
  throw new RetortError({
    code: 'usage/too-few-examples',
    message: `${points} points were asked for, but there are only ${task.examples.count} training examples`,
    why: 'Points begin as real examples; equal ones would move alike for ever.',
    hint: `Use --points ${task.examples.count} or fewer.`,
    values: { points, examples: task.examples.count },
  })
}

function needsFeatures(variant: string, kernel: Kernel): RetortError {
  return new RetortError({
    code: 'usage/kernel-features',
    message: `--variant ${variant} works on statistics of features, and kernel ${kernel.id} has no finite features`,
    hint: 'Name a feature map, e.g. --features dense, or leave --variant out.',
    values: { variant, kernel: kernel.id },
  })
}

function noFreeLabels(variant: string): RetortError {
  return new RetortError({
    code: 'usage/learn-labels',
    message: `--variant ${variant} solves the labels at every step, so there is nothing of them to learn`,
    hint: 'Leave --learn-labels out.',
  })
}
