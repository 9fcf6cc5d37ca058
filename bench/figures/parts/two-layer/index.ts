import type { Bench } from '../../bench.ts'
import type { Findings, Part, Table } from '../../part.ts'
import { failures, labelLaw, memoryLaw, sampleLaw } from './laws.ts'
import { mainTables } from './main-table.ts'
import { realData, reuse } from './real.ts'
import { timeAgainstNumPy } from './time.ts'

const about = [
  'x is Gaussian, y = g(Bx) ± 0.1; errors are mean squared errors on 10 000 fresh examples without noise, relative ' +
    'to the variance. Students are fresh networks, trained on the written file alone (seeds 0 to 8). Coresets are as ' +
    'many numbers as the set, trained as the teacher with λ and linear part chosen on a hold-out.',
  'The figures are consistent with the claim of arXiv 2603.14830 that numbers of the order r² d + L suffice; its ' +
    'algorithm and its figures were not available and are not reproduced.',
]

function part(
  name: string,
  title: string,
  measure: (bench: Bench) => Promise<Omit<Findings, 'about'>>,
): Part {
  return {
    name: `two-layer-${name}`,
    title: `Two-layer networks: ${title}`,
    measure: async (bench) => ({ about, ...(await measure(bench)) }),
  }
}

const tablesOnly = (measure: (bench: Bench) => Promise<Table[]>) => async (bench: Bench) => ({
  figures: [],
  tables: await measure(bench),
})

/** At full size some take an hour; `--inputs 20 --examples 1600 --tasks 1 --width 60 --runs 1` is a trial of minutes. */
export const twoLayerParts: readonly Part[] = [
  part('main', 'targets of one, two and three directions', mainTables),
  part('memory', 'memory against inputs and points', tablesOnly(memoryLaw)),
  part(
    'examples',
    'examples against d²',
    tablesOnly(async (bench) => [await sampleLaw(bench)]),
  ),
  part(
    'labels',
    'labels of the second layer',
    tablesOnly(async (bench) => [await labelLaw(bench)]),
  ),
  part(
    'failures',
    'what has to fail',
    tablesOnly(async (bench) => [await failures(bench)]),
  ),
  part(
    'reuse',
    'a second task with the same directions',
    tablesOnly(async (bench) => [await reuse(bench)]),
  ),
  part(
    'real',
    'real data',
    tablesOnly(async (bench) => [await realData(bench)]),
  ),
  part('time', 'time against NumPy', async (bench) => {
    const { table, figures } = await timeAgainstNumPy(bench)
    return { figures, tables: [table] }
  }),
]
