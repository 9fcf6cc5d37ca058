import type { ZodType } from 'zod'
import type { DistilledSet } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import type { Precondition } from '#core/precondition'
import type { Progress } from '#core/progress'
import type { Random } from '#core/random'

export interface Paper {
  readonly authors: string
  readonly title: string
  readonly venue: string
  readonly url: string
}

/** Outcome of one step: the next state, what to show, and whether the method is finished. */
export interface Step<State> {
  readonly state: State
  readonly progress: Progress
  readonly done: boolean
}

/** A state between steps: named float64 tensors, and what of it is plain JSON. */
export interface StoredState {
  readonly about: unknown
  readonly tensors: Readonly<Record<string, Matrix>>
}

/**
 * A published method as pure functions over an explicit, serialisable state, so that resume, progress, threads and
 * tests come free. A closed form has one step.
 * @typeParam Options what a user may set: the zod schema is the CLI help and the studio form
 * @typeParam Task what the method may see: statistics for closed forms, batches for iterative ones
 */
export interface Method<Options, Task, State, Set extends DistilledSet = DistilledSet> {
  readonly id: string
  readonly title: string
  readonly summary: string
  readonly paper: Paper
  readonly options: ZodType<Options>
  /** Whether it will ask for real examples with these options; where it is absent, it may. None are kept for nobody. */
  usesExamples?(options: Options): boolean
  preconditions(task: Task, options: Options): Promise<Precondition[]>
  init(task: Task, options: Options, random: (...tags: (string | number)[]) => Random): Promise<State>
  step(state: State): Promise<Step<State>>
  finish(state: State): Promise<Set>
  /** Floating-point operations of all steps up to this state, where they are many; a closed form is counted by its size. */
  operations?(state: State): number
  /** For a method of many steps: its state to the last bit, and back. */
  readonly resume?: {
    store(state: State): StoredState
    /** @returns undefined where what is stored does not fit the state that `init` made of the same task and options */
    restore(start: State, stored: StoredState): State | undefined
  }
}
