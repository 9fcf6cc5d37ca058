import { chooseBlas } from '#linalg/provider'
import type { Blas } from '#linalg/blas'
import type { Part } from '../part.ts'
import { settings, type Setting } from '../table-1/settings.ts'
import { small } from '../wording.ts'

const seeds = [0, 1, 2]
/** Relative error of W that counts as recovered. */
const recovered = 1e-8

interface Outcome {
  readonly setting: Setting
  /** Smallest number of points for each seed. */
  readonly fewest: readonly number[]
  /** Largest error there, and smallest error with one point fewer. */
  readonly error: number
  readonly below: number
}

export const table1: Part = {
  name: 'table-1',
  title: 'How many points: the claims of Table 1 by experiment',
  async measure() {
    const { blas } = await chooseBlas()
    const outcomes: Outcome[] = []
    for (const setting of settings) outcomes.push(await outcomeOf(blas, setting))
    await blas.close()
    return {
      about: [
        `For every setting m grows until the model that m points train to is W to ${recovered} (relative, Frobenius), in ` +
          `${seeds.length} small random instances (λ = 0.3). The third column is what the theory of that setting claims, ` +
          'the fourth what the experiment needed. W has rank k here. With free labels fewer than rank(W) points are ' +
          'impossible, so k is exact for the first three; for the deep linear network this is one point fewer than claimed.',
      ],
      figures: outcomes.map(({ setting, fewest }) => ({
        what: `${setting.name}: points needed, against the claim ${setting.claim} = ${setting.claimed}`,
        measured: fewest.join(', '),
        needed: `≤ ${setting.claimed}`,
        holds: fewest.every((count) => count <= setting.claimed),
      })),
      tables: [
        {
          title: 'Points for relative error < 1e-8',
          columns: [
            'setting',
            'sizes',
            'claim',
            'found',
            'error there',
            'one point fewer',
            'source of the claim',
          ],
          rows: outcomes.map(({ setting, fewest, error, below }) => [
            setting.name,
            setting.sizes,
            setting.claim === String(setting.claimed)
              ? setting.claim
              : `${setting.claim} = ${setting.claimed}`,
            [...new Set(fewest)].join(' or '),
            small(error),
            below === Infinity ? '–' : small(below),
            setting.source,
          ]),
        },
      ],
    }
  },
}

async function outcomeOf(blas: Blas, setting: Setting): Promise<Outcome> {
  const fewest: number[] = []
  let [error, below] = [0, Infinity]
  for (const seed of seeds) {
    let last = Infinity
    let found = Infinity
    for (const points of setting.tried) {
      const here = await setting.errorAt(blas, points, seed)
      if (here < recovered) {
        found = points
        error = Math.max(error, here)
        below = Math.min(below, last)
        break
      }
      last = here
    }
    fewest.push(found)
  }
  return { setting, fewest, error, below }
}
