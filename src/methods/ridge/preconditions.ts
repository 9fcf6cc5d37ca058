import type { Precondition } from '#core/precondition'
import { boundSlack } from '../closed-form/roots.ts'
import { rankError } from '../closed-form/spectrum.ts'
import type { LabelEncoding, RidgeVariant } from '../ridge-options.ts'
import { theorem, type TheoremId } from '../theorems.ts'
import { type MinimumPoints } from './minimum-points.ts'
import { fitRounding } from './promised-model.ts'
import type { RidgePlan } from './plan.ts'

export type PreconditionId =
  | 'finite-model'
  | 'weight-rank'
  | 'enough-points'
  | 'labels-reach-model'
  | 'label-mean'
  | 'ridge-bound'
  | 'label-rank'
  | 'normal-equations'

/** The theorem that a ridge set rests on; `encoding` is the resolved one, as the set's options record it. */
export function theoremOf(variant: RidgeVariant, encoding: LabelEncoding): TheoremId {
  if (variant === 'd-set') return 'every-ridge'
  if (variant === 'realistic') return 'data-space-optimum'
  if (variant === 'paper-realistic') return 'nearest-pseudo-inverse'
  if (encoding === 'soft') return 'free-labels'
  return variant === 'noise' ? 'row-space-noise' : 'fixed-labels'
}

/** Every assumption of the theorems that a plan uses, with what was measured on the task. */
export function ridgePreconditions(
  plan: Omit<RidgePlan, 'preconditions'>,
  { minimum, finite, residual }: { minimum: MinimumPoints; finite: boolean; residual?: number },
): Precondition[] {
  const { options, spectrum, points, classLabels, solveLabels, ridge, model } = plan
  const used = theoremOf(options.variant, plan.encoding)
  const size = Math.min(model.weight.rows, model.weight.cols)
  const list = [
    record(
      'finite-model',
      used,
      'W and b are finite',
      finite,
      finite ? 'finite' : 'NaN or infinite',
      'finite',
    ),
  ]
  if (options.variant === 'd-set') {
    if (residual === undefined) return list
    const holds = residual <= fitRounding
    const statement = 'W (S + λI) = C: W is the model of the statistics; the relative residual is'
    return [...list, record('normal-equations', used, statement, holds, residual, `at most ${fitRounding}`)]
  }
  const fewest = `at least ${minimum.points} (${minimum.statement})`
  list.push(
    record(
      'weight-rank',
      'free-labels',
      'rank(W) decides the fewest points',
      true,
      spectrum.rank,
      `up to ${size}`,
    ),
    record(
      'enough-points',
      minimum.theorem.id,
      'the points can carry W',
      points >= minimum.points,
      points,
      fewest,
    ),
  )
  if (classLabels && !solveLabels) {
    const { frame, meanError } = classLabels
    list.push(
      record(
        'labels-reach-model',
        'fixed-labels',
        'the range of W lies in that of the labels Y_S; the share of W outside it is',
        frame.unreached <= fitRounding,
        frame.unreached,
        `at most ${fitRounding} (rounding of the fit)`,
      ),
    )
    if (model.intercept) {
      list.push(
        record(
          'label-mean',
          'intercept',
          'some x̄_S has W x̄_S + b = ȳ_S; the share left over is',
          meanError <= fitRounding,
          meanError,
          `at most ${fitRounding} (rounding of the fit)`,
        ),
      )
    }
  }
  if (options.variant === 'paper-realistic') {
    list.push(
      record('label-rank', used, 'rank(W X̂) = rank(W)', 'unknown', 'needs the examples', `${spectrum.rank}`),
    )
    if (ridge > 0) {
      list.push(
        record(
          'ridge-bound',
          used,
          'λ_S ≤ 1/(4 σ₁(D)²)',
          'unknown',
          'needs the examples',
          `at least ${ridge}`,
        ),
      )
    }
  } else if (ridge > 0) {
    const bound = plan.largestRidge
    const reached = ridge <= bound * (1 + boundSlack)
    list.push(
      bound === Infinity
        ? record('ridge-bound', 'free-labels', 'soft labels serve every λ_S', true, ridge, 'at least 0')
        : record('ridge-bound', 'fixed-labels', 'λ_S ≤ 1/(4 ‖Y_S⁺W‖²)', reached, ridge, `at most ${bound}`),
    )
  }
  return list
}

function record(
  id: PreconditionId,
  source: TheoremId,
  statement: string,
  holds: Precondition['holds'],
  measured: Precondition['measured'],
  needed: string,
): Precondition {
  return { id, theorem: theorem(source).source, statement, holds, measured, needed }
}

/** What the points must miss of W at least, relative to ‖W‖, when they are too few. */
export function fewerPointsError({
  spectrum,
  points,
  model,
}: Pick<RidgePlan, 'spectrum' | 'points' | 'model'>) {
  return rankError(spectrum, points - (model.intercept ? 1 : 0))
}
