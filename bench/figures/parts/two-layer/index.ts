import type { Bench } from '../../bench.ts'
import type { Findings, Part, Table } from '../../part.ts'
import { sampleLaw } from './examples.ts'
import { failures, labelLaw } from './laws.ts'
import { mainTables } from './main-table.ts'
import { memoryLaw, memorySweeps } from '../../memory-law/law.ts'
import { memoryReferences } from '../../memory-law/references.ts'
import { realData } from './real.ts'
import { reuse } from './reuse.ts'
import { streamed } from './stream.ts'
import { timeAgainstNumPy } from './time.ts'

const about = [
  'x is Gaussian, y = g(Bx) ± 0.1; errors are mean squared errors on 10 000 fresh examples without noise, relative ' +
    'to the variance. Students are fresh networks, trained on the written file alone (seeds 0 to 8). Coresets are as ' +
    'many numbers as the set, trained as the teacher with λ and linear part chosen on a hold-out.',
  'The figures are consistent with the claim of arXiv 2603.14830 that numbers of the order r² d + L suffice; its ' +
    'algorithm and its figures were not available and are not reproduced.',
]

const timeAbout = [
  'Both programs take the same settings: three steps of the closed form, refinement with students of width 300, labels for ' +
    'several students; features in float32 products that are added up in float64. `distillation` is from the examples in ' +
    'memory to the labels. The whole process also draws the data and trains students; of Retort it holds the teacher, the ' +
    'certificate and the report, of NumPy three students. Timed commands are without baselines; the references are from one ' +
    'more run of each task, after the turns.',
]

const streamAbout = [
  'x is Gaussian in 1000 dimensions, n = d², two directions, all through the command line. Examples are drawn again in every ' +
    'pass, block by block, and forgotten: no example is kept, and resident memory (VmRSS, read every second; the peak is what ' +
    'the process reports) does not depend on n. Refinement is two steps of relative length 0.2 and 0.1, four passes instead of ' +
    'twenty, since drawing, not the products, takes the time. Operations are those of `run.json`: of the distillation ' +
    'without teacher and students. The product whose rate is the floor is 2048 × d by d × L in float64; those of features are float32, and can be faster.',
]

const realAbout = [
  'No distribution is assumed. The set has 16 points and as many labels as neurons; students are fresh networks (seeds ' +
    '0 to 8), trained on the written file alone, their mean error with the interval of the test sampling. `random`, ' +
    '`herding`, `k-means` and `k-center` are real examples of as many numbers, from which the same network is trained, λ and ' +
    'linear part chosen on a hold-out; `ridge, distilled` is the linear set of `retort distill` with as many numbers, which ' +
    'is exactly the ridge model of all the data. Scores are on the test split, or on the hold-out where there is none.',
]

function part(
  name: string,
  title: string,
  measure: (bench: Bench) => Promise<Omit<Findings, 'about'>>,
  text = about,
): Part {
  return {
    name: `two-layer-${name}`,
    title: `Two-layer networks: ${title}`,
    measure: async (bench) => ({ about: text, ...(await measure(bench)) }),
  }
}

const tablesOnly = (measure: (bench: Bench) => Promise<Table[]>) => async (bench: Bench) => ({
  figures: [],
  tables: await measure(bench),
})

/** At full size some take an hour; `--inputs 20 --examples 1600 --tasks 1 --width 60 --runs 1` is a trial of minutes. */
export const twoLayerParts: readonly Part[] = [
  part('main', 'targets of one, two and three directions', mainTables),
  ...memorySweeps,
  memoryReferences,
  memoryLaw,
  part('examples', 'examples against d²', sampleLaw),
  part('labels', 'labels of the second layer', tablesOnly(labelLaw)),
  part('failures', 'what has to fail', tablesOnly(failures)),
  part('reuse', 'a second task with the same directions', tablesOnly(reuse)),
  part('real', 'real data', realData, realAbout),
  part('stream', 'more examples than fit into memory', streamed, streamAbout),
  part('time', 'time against NumPy', timeAgainstNumPy, timeAbout),
]
