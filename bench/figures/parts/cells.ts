import type { Bench } from '../bench.ts'
import type { Distilled, Opened, Score } from '../answers.ts'
import { distill, open, verify } from '../answers.ts'
import type { Figure } from '../part.ts'
import { ridgeText, scoreText, small, yesNo } from '../wording.ts'

export type Storage = 'float32' | 'float64'

/** One distilled set, checked against the data and opened in Python. */
export interface Cell {
  readonly variant: string
  readonly storage: Storage
  readonly result: Distilled
  readonly opened: Opened
  readonly confirmed: boolean
}

/** Largest relative error of W after the file was read again. */
export const errorBounds: Readonly<Record<Storage, number>> = { float32: 1e-5, float64: 1e-12 }

export async function measureCell(
  bench: Bench,
  input: string,
  { variant, storage = 'float32', words }: { variant: string; storage?: Storage; words: readonly string[] },
): Promise<Cell> {
  const flags = [...(variant === 'noise' ? [] : ['--variant', variant]), ...words]
  const stored = storage === 'float32' ? flags : [...flags, '--storage', storage]
  const sizes = words.filter((word) => word !== '--no-baselines').map((word) => word.replace(/^--/, ''))
  const name = [variant, storage, ...sizes].join('-')
  const result = await distill(bench, name, [input, ...stored])
  const confirmed = await verify(bench, name, ['--data', input])
  return { variant, storage, result, opened: await open(bench, [name]), confirmed }
}

export const cellColumns = [
  'm',
  'variant',
  'stored as',
  'original (95 %)',
  'distilled (95 %)',
  'relative error, re-read',
  'the same by NumPy',
  'λ',
  '`verify --data`',
]

export function cellRow({ variant, storage, result, opened, confirmed }: Cell): string[] {
  const { original, distilled } = scoresOf(result)
  return [
    String(result.points),
    variant,
    storage,
    scoreText(original),
    scoreText(distilled),
    small(result.relativeError),
    small(opened.errors['NumPy, distilled.safetensors']),
    ridgeText(result.ridge),
    yesNo(confirmed),
  ]
}

/** Original and distilled as rows of the comparison. */
export function scoresOf({ comparison }: Distilled): { original: Score; distilled: Score } {
  const scored = (name: string) => {
    const row = comparison.find((candidate) => candidate.name === name)
    if (row) return row.score
    throw new Error(`the comparison has no row '${name}'`)
  }
  return { original: scored('original'), distilled: scored('distilled') }
}

/** The bounds that a set of cells has to keep: accuracy of the original, errors by storage, equal scores, certificate. */
export function cellFigures(cells: readonly Cell[], accuracy: { middle: number; slack: number }): Figure[] {
  const originals = cells.map(({ result }) => 100 * result.accuracy.original)
  const { middle, slack } = accuracy
  const range = [Math.min(...originals), Math.max(...originals)].map((value) => value.toFixed(2))
  const errors = (['float64', 'float32'] as const).map((storage): Figure => {
    const found = cells
      .filter((cell) => cell.storage === storage)
      .flatMap(({ result, opened }) => [result.relativeError, opened.errors['NumPy, distilled.safetensors']])
    const largest = Math.max(...found)
    return {
      what: `largest relative error of W after re-reading, ${storage}`,
      measured: small(largest),
      needed: `≤ ${errorBounds[storage].toExponential()}`,
      holds: largest <= errorBounds[storage],
    }
  })
  const differences = cells.map(({ result }) =>
    Math.abs(result.accuracy.original - result.accuracy.distilled),
  )
  return [
    {
      what: 'accuracy of the original',
      measured: `${range[0] === range[1] ? range[0] : range.join(' to ')} %`,
      needed: `${middle} ± ${slack} %`,
      holds: originals.every((value) => Math.abs(value - middle) <= slack),
    },
    ...errors,
    {
      what: 'largest difference in accuracy, distilled against original',
      measured: String(Math.max(...differences)),
      needed: '0',
      holds: differences.every((difference) => difference === 0),
    },
    certificateFigure(cells),
  ]
}

export function certificateFigure(cells: readonly { result: Distilled; confirmed: boolean }[]): Figure {
  const sound = cells.filter(({ result, confirmed }) => result.holds && confirmed)
  return {
    what: 'certificates that hold and that `verify --data` confirms',
    measured: `${sound.length} of ${cells.length}`,
    needed: 'all',
    holds: sound.length === cells.length,
  }
}
