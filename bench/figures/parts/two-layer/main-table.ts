import { kernelExamples } from '#evaluate/two-layer/compare'
import type { Bench } from '../../bench.ts'
import type { Figure, Table } from '../../part.ts'
import { group } from '../../wording.ts'
import type { TwoLayerRun } from './answers.ts'
import { distillSet, errorOf, studentErrors } from './answers.ts'
import { deviation, error, mean } from './wording.ts'

interface Measured {
  readonly refined: readonly TwoLayerRun[]
  readonly plain: readonly TwoLayerRun[]
  readonly oneStep: readonly TwoLayerRun[]
  readonly undistilled: readonly TwoLayerRun[]
  readonly fewLabels: readonly TwoLayerRun[]
  /** Errors of students of half and of double width, over tasks: with and without refinement. */
  readonly widths: Readonly<Record<'refinedHalf' | 'refinedDouble' | 'half' | 'double', readonly number[]>>
}

/** r = 1, 2, 3 with and without refinement, beside all baselines, over several tasks. */
export async function mainTables(bench: Bench): Promise<{ tables: Table[]; figures: Figure[] }> {
  const ranks = [1, 2, 3]
  const measured: Measured[] = []
  for (const rank of ranks) measured.push(await measureRank(bench, rank))
  const columns = ['', ...ranks.map((rank) => `r = ${rank}`)]
  const row = (name: string, cell: (of: Measured) => string) => [name, ...measured.map(cell)]
  const over = (runs: (of: Measured) => readonly TwoLayerRun[], name: string) => (of: Measured) =>
    spread(runs(of).flatMap((run) => errorOf(run, name) ?? []))
  const own = (runs: (of: Measured) => readonly TwoLayerRun[]) => (of: Measured) =>
    spread(runs(of).flatMap((run) => run.students.map(({ relativeError }) => relativeError)))
  const all = bench.sizes.examples * (bench.sizes.inputs + 1)
  const tables: Table[] = [
    {
      title: `Relative test error: d = ${bench.sizes.inputs}, n = ${group(bench.sizes.examples)}, L = ${bench.sizes.width}, ${bench.sizes.tasks} tasks (mean ± deviation over tasks and students)`,
      columns,
      rows: [
        row(
          '**distilled, refined, fresh, width L**',
          own((of) => of.refined),
        ),
        row('refined, width L/2', (of) => spread(of.widths.refinedHalf)),
        row('refined, width 2L', (of) => spread(of.widths.refinedDouble)),
        row(
          '**distilled, fresh, width L**',
          own((of) => of.plain),
        ),
        row('distilled, width L/2', (of) => spread(of.widths.half)),
        row('distilled, width 2L', (of) => spread(of.widths.double)),
        row(
          'distilled, L/4 labels',
          own((of) => of.fewLabels),
        ),
        row(
          'one step (T = 1), fresh',
          own((of) => of.oneStep),
        ),
        row(
          'undistilled points, distilled labels',
          own((of) => of.undistilled),
        ),
        row(
          'teacher, one step, all data',
          over((of) => of.refined, 'teacher'),
        ),
        row(
          'teacher, three steps, all data',
          over((of) => of.refined, 'teacher, 3 steps'),
        ),
        row(
          'oracle',
          over((of) => of.refined, 'oracle'),
        ),
        row(
          'random features, all data',
          over((of) => of.refined, 'random features'),
        ),
        row(
          `NTK ridge on ${group(kernelExamples)} random examples, whatever n`,
          over((of) => of.refined, 'NTK ridge'),
        ),
        ...['random', 'herding', 'k-means', 'k-center'].map((name) =>
          row(
            `teacher on ${name} examples of equal memory`,
            over((of) => of.refined, name),
          ),
        ),
      ],
    },
    {
      title: 'Alignment with the true directions and memory',
      columns,
      rows: [
        row('energy, T = 0, 1, 2, 3', (of) => energies(of.plain)),
        row('angles after T = 3, degrees', (of) => angles(of.plain)),
        row('angles after refinement, degrees', (of) => angles(of.refined)),
        row('directions found', (of) => of.refined.map(({ directions }) => directions).join(', ')),
        row('numbers stored', (of) => group(of.refined[0].floats)),
        row('numbers of the data', () => group(all)),
        row('compression', (of) => `${group(all / of.refined[0].floats)} to 1`),
      ],
    },
  ]
  return {
    tables,
    figures: measured.flatMap((of, i) => [
      ...figures(of, ranks[i]),
      ...boundFigures(of, ranks[i], all / of.refined[0].floats),
    ]),
  }
}

async function measureRank(bench: Bench, rank: number): Promise<Measured> {
  const { inputs, examples, tasks, width } = bench.sizes
  const refined: TwoLayerRun[] = []
  const plain: TwoLayerRun[] = []
  const oneStep: TwoLayerRun[] = []
  const undistilled: TwoLayerRun[] = []
  const fewLabels: TwoLayerRun[] = []
  const widths = { refinedHalf: [], refinedDouble: [], half: [], double: [] } as Record<
    'refinedHalf' | 'refinedDouble' | 'half' | 'double',
    number[]
  >
  for (let seed = 1; seed <= tasks; seed++) {
    const data = `multi-index:${examples},d=${inputs},r=${rank},seed=${seed}`
    const words = [data, '--rank', String(rank), '--width', String(width)]
    const name = (variant: string) => `r${rank}-${seed}-${variant}`
    refined.push(await distillSet(bench, name('refined'), words))
    plain.push(await distillSet(bench, name('plain'), [...words, '--refinement', '0', '--no-baselines']))
    for (const [set, half, double] of [
      ['refined', 'refinedHalf', 'refinedDouble'],
      ['plain', 'half', 'double'],
    ] as const) {
      widths[half].push(
        ...(await studentErrors(bench, name(set), data, ['--width', String(even(width / 2))])),
      )
      widths[double].push(...(await studentErrors(bench, name(set), data, ['--width', String(2 * width)])))
    }
    const bare = [...words, '--refinement', '0', '--no-baselines']
    const labels = ['--label-count', String(Math.max(10, Math.round(width / 4)))]
    fewLabels.push(await distillSet(bench, name('few'), [...bare, ...labels]))
    const full = ['--public-points', 'full', '--students', '4']
    oneStep.push(await distillSet(bench, name('one'), [...bare, ...full, '--steps', '1']))
    undistilled.push(await distillSet(bench, name('none'), [...bare, ...full, '--steps', '0']))
  }
  return { refined, plain, oneStep, undistilled, fewLabels, widths }
}

/** What the specification wants to see (V1 to V5). */
function figures(of: Measured, rank: number): Figure[] {
  const students = (runs: readonly TwoLayerRun[]) =>
    mean(runs.flatMap((run) => run.students.map(({ relativeError }) => relativeError)))
  const row = (name: string) => mean(of.refined.flatMap((run) => errorOf(run, name) ?? []))
  const best = students(of.refined)
  const oracle = row('oracle')
  const teacher = row('teacher')
  const equal = Math.min(...['random', 'herding', 'k-means', 'k-center'].map(row))
  const none = students(of.undistilled)
  const figure = (what: string, value: number, needed: string, holds: boolean): Figure => ({
    what: `r = ${rank}: ${what}`,
    measured: error(value),
    needed,
    holds,
  })
  return [
    figure(
      'refined students against the oracle',
      best,
      `≤ 2 × ${error(oracle)} + 0.01`,
      best <= 2 * oracle + 0.01,
    ),
    figure(
      'refined students against the one-step teacher on all data',
      best,
      `< ${error(teacher)}`,
      best < teacher,
    ),
    figure('the best coreset of equal memory fails', equal, '≥ 0.9', equal >= 0.9),
    figure('undistilled points fail', none, '≥ 0.8', none >= 0.8),
  ]
}

/** What has to be reached at d = 100, n = 40 000, L = 400, by r. */
const bounds: Readonly<Record<number, { plain: number; refined: number; compression: number }>> = {
  1: { plain: 0.055, refined: 0.012, compression: 5000 },
  2: { plain: 0.05, refined: 0.012, compression: 3000 },
  3: { plain: 0.1, refined: 0.03, compression: 1700 },
}
const leastEnergy = { plain: 0.98, refined: 0.995 }
const largestAngle = 1.5

/** Energy, angles, errors and compression against their bounds; means over tasks, the largest angle of all. */
function boundFigures(of: Measured, rank: number, compression: number): Figure[] {
  const bound = bounds[rank]
  const least = (what: string, value: number, needed: number, digits: number): Figure => ({
    what: `r = ${rank}: ${what}`,
    measured: value.toFixed(digits),
    needed: `≥ ${needed}`,
    holds: value >= needed,
  })
  const most = (what: string, value: number, needed: number, text: string): Figure => ({
    what: `r = ${rank}: ${what}`,
    measured: text,
    needed: `≤ ${needed}`,
    holds: value <= needed,
  })
  const students = (runs: readonly TwoLayerRun[]) =>
    mean(runs.flatMap((run) => run.students.map(({ relativeError }) => relativeError)))
  const angle = Math.max(...of.refined.flatMap((run) => run.angles ?? [NaN]))
  const [plain, refined] = [students(of.plain), students(of.refined)]
  return [
    least('energy without refinement', energyAfter(of.plain, 'points'), leastEnergy.plain, 4),
    most('error without refinement', plain, bound.plain, error(plain)),
    least('energy with refinement', energyAfter(of.refined, 'refinement'), leastEnergy.refined, 4),
    most('largest angle with refinement, degrees', angle, largestAngle, angle.toFixed(2)),
    most('error with refinement', refined, bound.refined, error(refined)),
    least('compression in numbers', compression, bound.compression, 0),
  ]
}

/** Share of the points inside the true directions after the last step of a phase, mean over tasks. */
function energyAfter(runs: readonly TwoLayerRun[], phase: string): number {
  return mean(runs.map(({ trace }) => trace.findLast((entry) => entry.phase === phase)?.energy ?? NaN))
}

function spread(values: readonly number[]): string {
  return values.length === 0 ? '–' : `${error(mean(values))} ± ${error(deviation(values))}`
}

function energies(runs: readonly TwoLayerRun[]): string {
  const steps = [0, 1, 2, 3].map((step) =>
    mean(
      runs.flatMap(
        ({ trace }) => trace.find((entry) => entry.step === step && entry.phase === 'points')?.energy ?? [],
      ),
    ),
  )
  return steps.map((value) => value.toFixed(3)).join(' / ')
}

function angles(runs: readonly TwoLayerRun[]): string {
  const first = runs[0].angles ?? []
  return first.map((_, i) => mean(runs.flatMap((run) => run.angles?.[i] ?? [])).toFixed(1)).join(', ')
}

function even(width: number): number {
  return 2 * Math.round(width / 2)
}
