import type { Part } from '../../part.ts'
import { failures, labelLaw, memoryLaw, sampleLaw } from './laws.ts'
import { mainTables } from './main-table.ts'
import { realData, reuse } from './real.ts'
import { timeAgainstNumPy } from './time.ts'

/** Takes hours at full size; `--inputs 20 --examples 1600 --tasks 1 --width 60 --runs 1` is a trial of minutes. */
export const twoLayer: Part = {
  name: 'two-layer',
  title: 'Two-layer networks on targets of few directions',
  async measure(bench) {
    const main = await mainTables(bench)
    const time = await timeAgainstNumPy(bench)
    return {
      about: [
        'x is Gaussian, y = g(Bx) ± 0.1; errors are mean squared errors on 10 000 fresh examples without noise, relative ' +
          'to the variance. Students are fresh networks, trained on the written file alone (seeds 0 to 8). Coresets are as ' +
          'many numbers as the set, trained as the teacher with λ and linear part chosen on a hold-out.',
        'The figures are consistent with the claim of arXiv 2603.14830 that numbers of the order r² d + L suffice; its ' +
          'algorithm and its figures were not available and are not reproduced.',
      ],
      figures: [...main.figures, ...time.figures],
      tables: [
        ...main.tables,
        ...(await memoryLaw(bench)),
        await sampleLaw(bench),
        await labelLaw(bench),
        await failures(bench),
        await reuse(bench),
        await realData(bench),
        time.table,
      ],
    }
  },
}
