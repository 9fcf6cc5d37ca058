import type { TwoLayerSet } from '#core/distilled-set'
import type { Cost } from '../cost.ts'

/**
 * Leading-order counts on n examples of size d. A distillation step: 4 n d M1; a refinement step: features of a student
 * of width L′ and its moments, then its gradients, n L′ (4 d + L′); a student of the labels: n L (2 d + L) and the solve
 * on M2 labels.
 */
export function twoLayerCost(examples: number, { points, training, options }: TwoLayerSet): Cost {
  const d = points.cols
  const { width } = training
  const [steps, refinement, students, refinementWidth] = [
    'steps',
    'refinement',
    'students',
    'refinementWidth',
  ].map((name) => (typeof options[name] === 'number' ? options[name] : 0))
  const labels = training.secondLabels.length
  const passes = 2 + steps + 2 * refinement + 1
  const work =
    examples * d * d +
    steps * 4 * examples * d * points.rows +
    refinement * examples * refinementWidth * (4 * d + refinementWidth) +
    students * (examples * width * (2 * d + width) + 2 * labels * width * (width + labels))
  return { passes, examplesRead: passes * examples, floatingPointOperations: Math.round(work) }
}
