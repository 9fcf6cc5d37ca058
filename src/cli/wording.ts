import type { Comparison, ComparisonRow, Score } from '#core/evaluation'
import { group } from './progress-line.ts'

/** `86.43 % [85.74, 87.09]` for accuracy, `0.812 [0.790, 0.834]` for r². */
export function scoreText({ metric, value, interval }: Score): string {
  const show = (x: number) => (metric === 'accuracy' ? (100 * x).toFixed(2) : x.toFixed(4))
  const unit = metric === 'accuracy' ? ' %' : ''
  return `${show(value)}${unit} [${show(interval[0])}, ${show(interval[1])}]`
}

/** The comparison as a table for a terminal, one row per model. */
export function comparisonTable({ rows, split }: Comparison): string[] {
  const metric = rows[0].score.metric === 'accuracy' ? 'accuracy' : 'r²'
  const head = [`trained on`, 'points', `${metric} (95 %), n = ${group(rows[0].score.n)} ${split}`, 'λ']
  const body = rows.map((row) => [
    row.name,
    group(row.points),
    `${scoreText(row.score)}${seedText(row)}`,
    figure(row.ridge),
  ])
  const widths = head.map((_, i) => Math.max(...[head, ...body].map((cells) => cells[i].length)))
  return [head, ...body].map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  )
}

function seedText({ seeds, spread, score }: ComparisonRow): string {
  if (seeds === undefined || spread === undefined) return ''
  const shown = score.metric === 'accuracy' ? (100 * spread).toFixed(2) : spread.toFixed(4)
  return ` ± ${shown} over ${seeds} seeds`
}

/** A number short enough for a sentence: `316`, `3.16e-3`. */
export function figure(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2)
}

export function bytes(value: number): string {
  if (value < 1e6) return `${Math.ceil(value / 1e3)} kB`
  return value < 1e9 ? `${(value / 1e6).toFixed(0)} MB` : `${(value / 1e9).toFixed(1)} GB`
}
