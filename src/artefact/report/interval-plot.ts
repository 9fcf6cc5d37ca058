import type { Comparison, ComparisonRow } from '#core/evaluation'
import { metricName, scoreText } from './figures.ts'
import type { Markup } from './html.ts'
import { html } from './html.ts'

const rowHeight = 40
const axisHeight = 30

/**
 * Scores with their 95 % intervals, one line each. Positions are per cent of the width, so that the picture follows the
 * page from phone to print while its text keeps its size; a plotting library would not, and would weigh more than all
 * else on the page.
 */
export function intervalPlot({ rows, split }: Comparison): Markup {
  const [low, high] = bounds(rows)
  const at = (value: number): string => `${(5 + (88 * (value - low)) / (high - low)).toFixed(2)}%`
  const height = rows.length * rowHeight + axisHeight
  const { metric } = rows[0].score
  const bottom = rows.length * rowHeight + 4
  return html`<svg
    class="intervals"
    width="100%"
    height="${height}"
    role="img"
    aria-label="${metricName(metric)} on the ${split} split with 95 % intervals; the table below has the numbers"
  >
    ${ticks(low, high).map(
      (tick) =>
        html`<line class="grid" x1="${at(tick)}" x2="${at(tick)}" y1="0" y2="${bottom}" />
          <text class="tick" x="${at(tick)}" y="${bottom + 16}" text-anchor="middle"
            >${tickText(tick, metric)}</text
          >`,
    )}
    ${rows.map((row, i) => intervalLine(row, i * rowHeight, at))}
  </svg>`
}

function intervalLine({ name, score }: ComparisonRow, top: number, at: (value: number) => string): Markup {
  const { value, metric, interval } = score
  const [low, high] = interval.map(at)
  const y = top + 27
  const kind =
    name === 'distilled' ? name : name === 'original' || name === 'teacher' ? 'original' : 'baseline'
  return html`<g class="${kind}"
    ><text x="2%" y="${top + 15}">${name}</text>
    <text x="98%" y="${top + 15}" text-anchor="end">${scoreText(value, metric)}</text>
    <line x1="${low}" x2="${high}" y1="${y}" y2="${y}" />
    <line x1="${low}" x2="${low}" y1="${y - 5}" y2="${y + 5}" /><line
      x1="${high}"
      x2="${high}"
      y1="${y - 5}"
      y2="${y + 5}" />
    <circle cx="${at(value)}" cy="${y}" r="4.5"
  /></g> `
}

/** The range of all intervals, widened to whole steps. */
function bounds(rows: readonly ComparisonRow[]): [number, number] {
  const ends = rows.flatMap(({ score }) => [...score.interval, score.value])
  const low = Math.min(...ends)
  const high = Math.max(...ends)
  const step = stepOf(high - low || 0.01)
  return [Math.floor(low / step) * step, Math.ceil(high / step) * step]
}

function ticks(low: number, high: number): number[] {
  const step = stepOf(high - low)
  const first = Math.ceil(low / step - 1e-9)
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step)
}

/** The largest of 1, 2, 5 × 10ⁿ that divides the range into at least four. */
function stepOf(range: number): number {
  const power = 10 ** Math.floor(Math.log10(range / 4))
  return ([5, 2].find((factor) => factor * power <= range / 4) ?? 1) * power
}

function tickText(value: number, metric: 'accuracy' | 'r2'): string {
  return metric === 'accuracy'
    ? `${Number((100 * value).toFixed(3))} %`
    : String(Number(value.toFixed(5))).replace('-', '−')
}
