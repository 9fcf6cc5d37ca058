import type { RidgeSet } from '#core/distilled-set'
import type { Method } from '#core/method'
import { methods } from '#methods/index'
import type { RidgeMethodId } from '#methods/index'
import type { RidgeTask } from '#methods/ridge-task'

/** Applies what is written for a method of any options and state to the one that is asked for. */
export function withMethod<Result>(
  method: RidgeMethodId,
  apply: <Options, State>(method: Method<Options, RidgeTask, State, RidgeSet>) => Result,
): Result {
  switch (method) {
    case 'ridge':
      return apply(methods.ridge)
    case 'kernel-ridge':
      return apply(methods['kernel-ridge'])
    case 'gauss-newton':
      return apply(methods['gauss-newton'])
    case 'maalouf':
      return apply(methods.maalouf)
    case 'ridge-label-solve':
      return apply(methods['ridge-label-solve'])
    case 'izzo-zou':
      return apply(methods['izzo-zou'])
  }
}
