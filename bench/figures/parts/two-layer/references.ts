import type { Table } from '../../part.ts'
import type { Compared } from './answers.ts'
import { errorOf } from './answers.ts'
import { error, mean } from './wording.ts'

/** What every sweep is seen beside, by the names of the comparison. */
const references = {
  teacher: 'teacher, one step',
  'teacher, 3 steps': 'teacher, three steps',
  oracle: 'oracle',
  'random features': 'random features',
  'NTK ridge': 'NTK ridge',
  random: 'random',
  herding: 'herding',
  'k-means': 'k-means',
  'k-center': 'k-center',
} as const

/**
 * Errors of references, mean over the runs of a row. Random and coreset examples are as many numbers as the distilled
 * set of that row; the others are trained on all examples, NTK ridge on at most 2000.
 * @param rows of a sweep: its value, and runs with baselines
 */
export function referenceTable(
  sweep: string,
  rows: readonly (readonly [value: string, runs: readonly Compared[]])[],
): Table {
  return {
    title:
      'References: on all examples (NTK ridge: at most 2 000), and the teacher on random and coreset examples of equal memory',
    columns: [sweep, ...Object.values(references)],
    rows: rows.map(([value, runs]) => [
      value,
      ...Object.keys(references).map((name) => {
        const errors = runs.flatMap((run) => errorOf(run, name) ?? [])
        return errors.length > 0 ? error(mean(errors)) : '–'
      }),
    ]),
  }
}
