import type { Progress } from '#core/progress'
import { studentCount } from './phase-two.ts'
import type { TwoLayerPlan, TwoLayerRun } from './run.ts'

/** Steps done; the figure is the energy inside the true subspace where that is known, else the loss. */
export function progressOf(plan: TwoLayerPlan, run: TwoLayerRun): Progress {
  const { steps, refinement } = plan
  const students = studentCount(plan)
  const total = 1 + steps + refinement + students
  const before = {
    'linear part': 0,
    points: 1,
    refinement: 1 + steps,
    labels: 1 + steps + refinement,
    done: total,
  }
  const within =
    run.stage === 'points' || run.stage === 'refinement'
      ? run.round
      : run.stage === 'labels'
        ? run.cost.students
        : 0
  const last = 'history' in run ? run.history.at(-1) : undefined
  const shown =
    last?.energy === undefined
      ? last && { name: 'loss', value: last.loss }
      : { name: 'energy', value: last.energy }
  return {
    stage: run.stage === 'done' ? 'labels' : run.stage,
    done: before[run.stage] + within,
    total,
    unit: 'steps',
    ...(shown && { figure: shown }),
  }
}
