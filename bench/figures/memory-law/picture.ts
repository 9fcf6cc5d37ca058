import * as Plot from '@observablehq/plot'
import { chart } from '#artefact/report/plot'
import { fewestPoints } from '#methods/two-layer/preconditions'
import type { Cell } from './cells.ts'
import { lawOf } from './cells.ts'

/** One panel: memory against what was swept, both on scales of powers. */
export interface Panel {
  readonly label: string
  readonly cells: readonly Cell[]
  of(cell: Cell): number
}

const side = { width: 300, height: 260 }
/** Colours of the report, in either mode. */
const style =
  ':root{--ink:#222;--paper:#fff;--main:#1f5fa8;--other:#8a8a8a;--line:#e4e4e4}' +
  '@media (prefers-color-scheme:dark){:root{--ink:#ddd;--paper:#16181c;--main:#7db3f0;--other:#8a8a8a;--line:#333}}' +
  'svg{color:var(--ink)}text{white-space:pre}'

/** The panels beside one another as one picture that stands by itself. */
export function memoryPicture(panels: readonly Panel[]): string {
  const drawn = panels.map((panel, i) =>
    String(panelOf(panel)).replace('<svg', `<svg x="${i * side.width}" y="0"`),
  )
  const width = panels.length * side.width
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${side.height}" viewBox="0 0 ${width} ${side.height}">` +
    `<style>${style}</style><rect width="100%" height="100%" fill="var(--paper)"/>${drawn.join('')}</svg>\n`
  )
}

function panelOf({ label, cells, of }: Panel) {
  const ticks = [...new Set(cells.map(of))].sort((a, b) => a - b)
  const curves = [
    { name: 'r² d + L', dash: undefined, value: lawOf, place: 'above' },
    { name: 'counting bound', dash: '4 3', value: countingBound, place: 'below' },
  ].map(({ name, dash, value, place }) => ({
    name,
    dash,
    place,
    points: ticks.map((x) => ({ x, y: value(cells.find((cell) => of(cell) === x) ?? cells[0]) })),
  }))
  const values = [
    ...curves.flatMap(({ points }) => points.map(({ y }) => y)),
    ...cells.map(({ memory }) => memory),
  ]
  const powers = [10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000].filter(
    (value) => value >= Math.min(...values) / 1.2 && value <= Math.max(...values) * 1.2,
  )
  return chart(`Numbers stored against ${label}`, {
    ...side,
    marginTop: 30,
    marginRight: 14,
    x: { type: 'log', label, inset: 10 },
    y: { type: 'log', label: 'numbers stored', inset: 18 },
    marks: [
      // Text of its own: a scale of powers would leave out labels such as 800.
      Plot.axisX(ticks, { text: (value: number) => `${value}` }),
      Plot.axisY(powers, { text: (value: number) => `${value}` }),
      Plot.gridY(powers, { stroke: 'var(--line)', strokeOpacity: 1 }),
      ...curves.map(({ dash, points }) =>
        Plot.line(points, {
          x: 'x',
          y: 'y',
          stroke: 'var(--other)',
          strokeWidth: 1.5,
          strokeDasharray: dash,
        }),
      ),
      ...curves.map(({ name, points, place }) =>
        Plot.text(place === 'above' ? points.slice(-1) : points.slice(0, 1), {
          x: 'x',
          y: 'y',
          text: () => name,
          textAnchor: place === 'above' ? 'end' : 'start',
          dy: place === 'above' ? -10 : 12,
          fill: 'var(--other)',
        }),
      ),
      Plot.dot(cells, {
        x: of,
        y: 'memory',
        r: 3.5,
        fill: ({ reached }: Cell) => (reached ? 'var(--main)' : 'var(--paper)'),
        stroke: 'var(--main)',
      }),
    ],
    color: { type: 'identity' },
  })
}

/** r + 1 points and the linear part, without any label. */
export function countingBound({ inputs, directions }: Pick<Cell, 'inputs' | 'directions'>): number {
  return (fewestPoints(directions) + 1) * (inputs + 1)
}
