import * as Plot from '@observablehq/plot'
import type { LearnedFunction, MemoryPoint, TraceStep } from '#core/two-layer-findings'
import type { Markup } from '../html.ts'
import { chart } from '../plot.ts'

const main = 'var(--main)'
const other = 'var(--other)'
const line = 'var(--line)'

/** Share of the points inside the true directions by step, with the level of chance. */
export function energyChart(trace: readonly TraceStep[], chance: number): Markup {
  const steps = numbered(trace.filter(({ energy }) => energy !== undefined))
  return chart('Share of the points inside the true directions, by step', {
    x: { label: 'step', ticks: wholeTicks(steps.length) },
    y: { domain: [0, 1], label: null, ticks: 5, tickFormat: (value: number) => `${100 * value} %` },
    marks: [
      Plot.gridY({ stroke: line, strokeOpacity: 1, ticks: 5 }),
      Plot.ruleY([chance], { stroke: other, strokeDasharray: '4 3' }),
      Plot.text([{ y: chance }], { y: 'y', frameAnchor: 'right', text: () => 'chance', dy: -8, fill: other }),
      Plot.line(steps, { x: 'position', y: 'energy', stroke: main, strokeWidth: 2 }),
      Plot.dot(steps, {
        x: 'position',
        y: 'energy',
        fill: fillOfPhase,
        stroke: main,
        strokeWidth: 2,
        r: 3.5,
      }),
    ],
  })
}

/** Relative error by step, on a scale of powers. */
export function lossChart(trace: readonly TraceStep[]): Markup {
  const steps = numbered(trace.filter(({ loss }) => loss !== undefined && loss > 0))
  const ticks = powerTicks(steps.map(({ loss = 1 }) => loss))
  return chart('Relative training error, by step', {
    x: { label: 'step', ticks: wholeTicks(steps.length) },
    y: { type: 'log', label: null, ticks, tickFormat: plain },
    marks: [
      Plot.gridY(ticks, { stroke: line, strokeOpacity: 1 }),
      Plot.line(steps, { x: 'position', y: 'loss', stroke: main, strokeWidth: 2 }),
      Plot.dot(steps, { x: 'position', y: 'loss', fill: fillOfPhase, stroke: main, strokeWidth: 2, r: 3.5 }),
    ],
  })
}

/** Singular values of the points relative to the first; those that count are filled. */
export function spectrumChart(spectrum: ArrayLike<number>, rank: number): Markup {
  const first = spectrum[0] > 0 ? spectrum[0] : 1
  const values = Array.from(spectrum, (value, i) => ({ i: i + 1, value: value / first, counted: i < rank }))
  return chart('Singular values relative to the largest', {
    x: {
      label: 'singular value',
      ticks: wholeTicks(values.length + 1).slice(1),
      domain: [0.5, values.length + 0.5],
    },
    y: { domain: [0, 1], label: null, ticks: 5 },
    marks: [
      Plot.gridY({ stroke: line, strokeOpacity: 1, ticks: 5 }),
      Plot.ruleX(values, {
        x: 'i',
        y1: 0,
        y2: 'value',
        stroke: (d) => (d.counted ? main : other),
        strokeWidth: 2,
      }),
      Plot.dot(values, {
        x: 'i',
        y: 'value',
        r: 4.5,
        fill: (d) => (d.counted ? main : 'var(--paper)'),
        stroke: (d) => (d.counted ? main : other),
        strokeWidth: 2,
      }),
    ],
  })
}

/** The learned function along one direction: truth, teacher and student as curves. */
export function curveChart({ axis, teacher, student, truth }: LearnedFunction): Markup {
  const points = (values: readonly number[]) => axis.map((z, i) => ({ z, value: values[i] }))
  const curves = [
    ...(truth ? [{ values: truth, stroke: 'currentColor', width: 1.5, dash: '2 4', name: 'truth' }] : []),
    { values: teacher, stroke: other, width: 1.5, dash: undefined, name: 'teacher' },
    { values: student, stroke: main, width: 2.2, dash: undefined, name: 'student' },
  ]
  return chart('The learned function along the direction found', {
    x: { label: 'position along the direction' },
    y: { label: null, ticks: 5 },
    width: 560,
    marginRight: 70,
    marks: [
      Plot.gridY({ stroke: line, strokeOpacity: 1, ticks: 5 }),
      ...curves.map(({ values, stroke, width, dash }) =>
        Plot.line(points(values), { x: 'z', y: 'value', stroke, strokeWidth: width, strokeDasharray: dash }),
      ),
      Plot.text(
        spread(curves.map(({ name, stroke, values }) => ({ name, stroke, value: values[axis.length - 1] }))),
        {
          x: () => axis[axis.length - 1],
          y: 'value',
          text: 'name',
          fill: 'stroke',
          textAnchor: 'start',
          dx: 6,
        },
      ),
    ],
    color: { type: 'identity' },
  })
}

/** One learned function of two directions as a map; blue is negative, red positive, on the scale of all maps. */
export function mapChart(
  label: string,
  { axis }: LearnedFunction,
  values: readonly number[],
  largest: number,
): Markup {
  const side = axis.length
  const low = axis[0]
  const high = axis[side - 1]
  const steps = 6
  const thresholds = Array.from({ length: 2 * steps - 1 }, (_, i) => ((i - steps + 1) * largest) / steps)
  return chart(label, {
    width: 220,
    height: 220,
    marginLeft: 26,
    marginRight: 6,
    marginTop: 6,
    marginBottom: 26,
    aspectRatio: 1,
    x: { label: null, ticks: 3, tickSize: 3 },
    y: { label: null, ticks: 3, tickSize: 3 },
    color: { type: 'threshold', domain: thresholds, range: shades(steps) },
    marks: [
      Plot.contour([...values], {
        width: side,
        height: side,
        // The values lie on the grid already.
        interpolate: null,
        x1: low,
        x2: high,
        y1: low,
        y2: high,
        fill: (value: number) => Math.max(-largest, Math.min(largest, value)),
        thresholds: [-Infinity, ...thresholds],
        stroke: 'var(--paper)',
        strokeWidth: 0.5,
      }),
      Plot.frame({ stroke: 'var(--other)' }),
    ],
  })
}

/**
 * Numbers stored against error, both on scales of powers.
 * @param law r² d + L, drawn as a line
 */
export function memoryChart(points: readonly MemoryPoint[], law: number): Markup {
  const shown = points.filter(({ relativeError }) => relativeError > 0)
  const floats = powerTicks([law, ...shown.map((point) => point.floats)])
  const errors = powerTicks(shown.map(({ relativeError }) => relativeError))
  const own = ({ name }: MemoryPoint) => name.startsWith('distilled')
  return chart('Numbers stored against relative error', {
    width: 560,
    height: 300,
    marginTop: 28,
    x: { type: 'log', label: 'numbers stored', ticks: floats, tickFormat: plain, inset: 56 },
    y: { type: 'log', label: null, ticks: errors, tickFormat: plain, inset: 18 },
    marks: [
      Plot.gridY(errors, { stroke: line, strokeOpacity: 1 }),
      Plot.ruleX([law], { stroke: other, strokeDasharray: '4 3' }),
      Plot.text([law], {
        x: (value: number) => value,
        frameAnchor: 'middle',
        text: () => 'r² d + L',
        textAnchor: 'start',
        dx: 6,
        fill: other,
      }),
      Plot.dot(shown, {
        x: 'floats',
        y: 'relativeError',
        r: 4.5,
        fill: (d) => (own(d) ? main : 'var(--paper)'),
        stroke: (d) => (own(d) ? main : other),
        strokeWidth: 2,
      }),
      Plot.text(apart(shown), {
        x: 'floats',
        y: 'relativeError',
        text: 'name',
        textAnchor: 'middle',
        dy: -12,
        fill: (d) => (own(d) ? main : 'currentColor'),
        stroke: 'var(--paper)',
        strokeWidth: 3,
      }),
    ],
    color: { type: 'identity' },
  })
}

/** 2·steps colours from blue over the page's own ground to red, in either mode. */
function shades(steps: number): string[] {
  const mixed = (name: string, share: number) =>
    `color-mix(in srgb, var(--${name}) ${Math.round(100 * share)}%, var(--paper))`
  const down = Array.from({ length: steps }, (_, i) => mixed('main', (steps - i - 0.5) / steps))
  const up = Array.from({ length: steps }, (_, i) => mixed('bad', (i + 0.5) / steps))
  return [...down, ...up]
}

function numbered(trace: readonly TraceStep[]) {
  return trace.map((step, position) => ({ ...step, position }))
}

function fillOfPhase({ phase }: TraceStep): string {
  return phase === 'points' ? main : 'var(--paper)'
}

function wholeTicks(count: number): number[] {
  const step = Math.max(1, Math.ceil(count / 9))
  return Array.from({ length: Math.floor((count - 1) / step) + 1 }, (_, i) => i * step)
}

/** Powers of ten inside the range of the values; where there are fewer than three also their doubles and fivefolds. */
function powerTicks(values: readonly number[]): number[] {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const first = Math.floor(Math.log10(low))
  const powers = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, i) => first + i)
  const at = (factors: readonly number[]) =>
    powers
      .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
      .filter((tick) => tick >= low / 1.3 && tick <= high * 1.3)
  const whole = at([1])
  return whole.length > 2 ? whole : at([1, 2, 5])
}

/** Values moved apart so that labels at the end of curves do not cover one another. */
function spread<T extends { value: number }>(labels: readonly T[]): T[] {
  const sorted = labels.toSorted((a, b) => a.value - b.value)
  const range = Math.max(...labels.map(({ value }) => Math.abs(value)), 1e-9)
  let last = -Infinity
  return sorted.map((label) => {
    last = Math.max(label.value, last + 0.09 * range)
    return { ...label, value: last }
  })
}

/** One label where several points would cover each other. */
function apart(points: readonly MemoryPoint[]): MemoryPoint[] {
  const kept: MemoryPoint[] = []
  for (const point of points) {
    const near = kept.findIndex(
      (other) =>
        Math.abs(Math.log10(other.floats / point.floats)) < 0.35 &&
        Math.abs(Math.log10(other.relativeError / point.relativeError)) < 0.12,
    )
    if (near < 0) kept.push(point)
    else {
      const { name, floats, relativeError } = kept[near]
      const higher = Math.max(relativeError, point.relativeError)
      kept[near] = { name: `${name}, ${point.name}`, floats, relativeError: higher }
    }
  }
  return kept
}

function plain(value: number): string {
  if (value >= 1e4)
    return `10${String(Math.round(Math.log10(value))).replace(/\d/g, (c) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)])}`
  return String(Number(value.toPrecision(2)))
}
