import type { Opened } from '../answers.ts'
import { distill, open } from '../answers.ts'
import type { Part } from '../part.ts'
import { small } from '../wording.ts'
import { errorBounds } from './cells.ts'

const endings = ['npz', 'csv', 'safetensors', 'parquet']

export const openElsewhere: Part = {
  name: 'open-elsewhere',
  title: 'The artefact opened without Retort',
  async measure(bench) {
    const cases = [
      { name: 'mnist-float32', words: [bench.data('mnist')], bound: errorBounds.float32 },
      {
        name: 'mnist-float64',
        words: [bench.data('mnist'), '--storage', 'float64'],
        bound: errorBounds.float64,
      },
      {
        name: 'realistic',
        words: [bench.data('mnist'), '--ipc', '10', '--variant', 'realistic'],
        bound: errorBounds.float32,
      },
      { name: 'digits', words: [bench.data('digits')], bound: errorBounds.float32 },
      {
        name: 'age',
        words: [bench.data('tabular', 'adult.data'), '--target', 'x0', '--target-kind', 'real'],
        bound: errorBounds.float32,
      },
    ]
    const outcomes: { name: string; bound: number; opened: Opened }[] = []
    for (const { name, words, bound } of cases) {
      await distill(bench, name, [...words, '--no-baselines'])
      const files = endings.map((ending) => `${name}.${ending}`)
      for (const file of files) await bench.retort(['convert', name, '-o', file, '--force'])
      outcomes.push({ name, bound, opened: await open(bench, [name, ...files]) })
    }
    const ways = Object.keys(outcomes[0].opened.errors)
    const { versions } = outcomes[0].opened
    const missing = Object.keys(versions).filter((name) => versions[name] === null)
    return {
      about: [
        `Opened by ${Object.entries(versions)
          .filter(([, version]) => version !== null)
          .map(([name, version]) => `${name} ${version}`)
          .join(
            ', ',
          )}${missing.length > 0 ? `; without ${missing.join(', ')}, which this Python lacks` : ''}. ` +
          'Each cell is ‖W_S − W‖/‖W‖, bias included: W_S by least squares in float64 from what that way of opening gave, W ' +
          'from the file. A real-valued target, classes, images and vectors, noise and realistic points are among them.',
      ],
      figures: outcomes.map(({ name, bound, opened }) => {
        const largest = Math.max(...Object.values(opened.errors))
        return {
          what: `${name}: largest relative error over ${Object.keys(opened.errors).length} ways to open`,
          measured: small(largest),
          needed: `≤ ${bound.toExponential()}`,
          holds: largest <= bound,
        }
      }),
      tables: [
        {
          title: 'Relative error of W found by Python',
          columns: ['opened with', ...outcomes.map(({ name }) => name)],
          rows: ways.map((way) => [way, ...outcomes.map(({ opened }) => small(opened.errors[way]))]),
        },
      ],
    }
  },
}
