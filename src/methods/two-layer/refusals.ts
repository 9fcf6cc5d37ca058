import { RetortError } from '#core/errors'
import { fewestPoints } from './preconditions.ts'
import type { TwoLayerPlan } from './run.ts'

/** @throws RetortError `usage/…` for a plan that cannot work, `data/too-few-examples` for data that cannot */
export function refuseTwoLayer({ task, options, inputSize, points }: TwoLayerPlan): void {
  const { target, classes, reuse, count } = task
  if (target.names.length !== 1 && classes === undefined) {
    throw new RetortError({
      code: 'usage/scalar-target',
      message: `the network has one output, and the data have ${target.names.length} ${target.kind === 'class' ? 'classes' : 'targets'}`,
      hint: 'Choose one target column, two classes, or one class against the others.',
      values: { targets: target.names.length },
    })
  }
  if (count < 2) {
    throw new RetortError({
      code: 'data/too-few-examples',
      message: `there ${count === 1 ? 'is 1 example' : `are ${count} examples`}`,
      hint: 'Give at least two; d²/2 are needed for a good first layer.',
      values: { count },
    })
  }
  if (options.matching === 'performance' && options.innerReset) {
    throw new RetortError({
      code: 'usage/inner-reset',
      message: 'performance matching with weight decay 1/step inside is asked for',
      why: 'After such a step the pairs of neurons compute v·x exactly, so that nothing of degree two or more is seen.',
      hint: 'Leave --inner-reset out.',
      path: '--inner-reset',
    })
  }
  if (options.rank !== undefined && reuse === undefined && points < fewestPoints(options.rank)) {
    throw new RetortError({
      code: 'usage/too-few-points',
      message: `${points} ${points === 1 ? 'point' : 'points'} cannot teach ${options.rank} dimensions, which need ${fewestPoints(options.rank)}`,
      why: 'M1 points express 1 + M1(M1 − 1)/2 quadratic forms; r dimensions have r(r + 1)/2.',
      hint: `Use --points ${2 * options.rank * options.rank}.`,
      path: '--points',
      values: { points, needed: fewestPoints(options.rank), rank: options.rank },
    })
  }
  if ((options.reuse === undefined) !== (reuse === undefined)) {
    throw new RetortError({
      code: 'usage/reuse',
      message:
        reuse === undefined ? 'the set to be reused was not read' : 'a set is given, and --reuse is not',
      hint: 'Give --reuse with the folder of a set that two-layer made.',
      path: '--reuse',
    })
  }
  if (reuse !== undefined && reuse.points.cols !== inputSize) {
    throw new RetortError({
      code: 'usage/reuse',
      message: `the earlier set has points of ${reuse.points.cols} values, the data have ${inputSize}`,
      why: 'Points of another input space say nothing about this one.',
      hint: 'Use a set that was distilled on inputs of the same shape and preprocessing.',
      path: '--reuse',
      values: { found: reuse.points.cols, needed: inputSize },
    })
  }
}
