import type { Dataset } from '#core/dataset'
import type { TwoLayerSet } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import { matrix, rowsOf } from '#core/matrix'
import type { LearnedFunction, TraceStep, TwoLayerFindings } from '#core/two-layer-findings'
import type { TwoLayerComparison } from '#evaluate/two-layer/compare'
import type { Blas } from '#linalg/blas'
import { predictTwoLayer } from '#models/two-layer/model'
import { energyIn, principalAngles } from '#models/two-layer/subspace'
import type { TwoLayerState } from '#methods/two-layer/run'
import { startingPoints } from '#methods/two-layer/run'

/** Half the width of the pictures, in standard deviations of a Gaussian input. */
const reach = 3
const points = { 1: 61, 2: 33 } as const

/** What the report shows of a run beside its scores. */
export async function findingsOf(
  dataset: Dataset,
  set: TwoLayerSet,
  { plan, run }: TwoLayerState,
  compared: TwoLayerComparison,
  blas: Blas,
): Promise<TwoLayerFindings> {
  const truth = set.preprocessing.name === 'none' ? dataset.truth : undefined
  const angles = truth && (await principalAngles(set.points, truth.basis, blas))
  const start: TraceStep[] =
    truth && plan.task.reuse === undefined
      ? [
          {
            phase: 'points',
            step: 0,
            energy: rounded(await energyIn(startingPoints(plan).points, truth.basis, blas)),
          },
        ]
      : []
  return {
    trace: [...start, ...('history' in run ? run.history.map(traceStep) : [])],
    ...(angles && { angles: Array.from(angles, rounded) }),
    students: compared.students,
    learned: await learnedFunction(set, compared, truth, blas),
    memory: compared.memory.map((entry) => ({ ...entry, relativeError: rounded(entry.relativeError) })),
  }
}

type History = Extract<TwoLayerState['run'], { history: unknown }>['history']

/** The loss of the points alone is that of matching, and on another scale. */
function traceStep({ stage, loss, energy }: History[number], index: number): TraceStep {
  return {
    phase: stage,
    step: index + 1,
    ...(energy !== undefined && { energy: rounded(energy) }),
    ...(stage !== 'points' && { loss: rounded(loss) }),
  }
}

/** Teacher, student and truth on a grid of the first one or two directions: the true ones where they are known. */
async function learnedFunction(
  set: TwoLayerSet,
  { teacher, student }: TwoLayerComparison,
  truth: Dataset['truth'],
  blas: Blas,
): Promise<LearnedFunction | undefined> {
  const basis = truth?.basis ?? set.training.basis
  if (basis.rows === 0) return undefined
  const directions = basis.rows === 1 ? 1 : 2
  const side = points[directions]
  const axis = Array.from({ length: side }, (_, i) => (reach * (2 * i - side + 1)) / (side - 1))
  const grid = gridOf(axis, directions)
  const inputs = await blas.gemm(grid, rowsOf(basis, 0, directions))
  const values = async (model: typeof teacher) =>
    Array.from(await predictTwoLayer(model, inputs, blas), rounded)
  return {
    directions,
    axis: axis.map(rounded),
    teacher: await values(teacher),
    student: await values(student),
    ...(truth && { truth: trueValues(truth, grid) }),
  }
}

/** All points of the grid, the first coordinate varying fastest. */
function gridOf(axis: readonly number[], directions: 1 | 2): Matrix {
  const side = axis.length
  const grid = matrix(side ** directions, directions)
  for (let i = 0; i < grid.rows; i++) {
    grid.data[i * directions] = axis[i % side]
    if (directions === 2) grid.data[i * directions + 1] = axis[Math.floor(i / side)]
  }
  return grid
}

function trueValues({ basis, target }: NonNullable<Dataset['truth']>, grid: Matrix): number[] {
  return Array.from({ length: grid.rows }, (_, i) => {
    const z = new Float64Array(basis.rows)
    z.set(grid.data.subarray(i * grid.cols, (i + 1) * grid.cols))
    return rounded(target(z))
  })
}

/** Five digits: what a picture shows. */
function rounded(value: number): number {
  return Number(value.toPrecision(5))
}
