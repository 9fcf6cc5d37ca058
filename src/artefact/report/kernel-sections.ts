import * as Plot from '@observablehq/plot'
import { z } from 'zod'
import type { DistilledSet } from '#core/distilled-set'
import { plural } from './figures.ts'
import type { Markup } from './html.ts'
import { html } from './html.ts'
import { chart } from './plot.ts'

const curve = z.array(z.tuple([z.number(), z.number()]))

/** What a set over a kernel tells beside its scores: the loss by step of a method that takes steps. */
export function kernelSections({ options }: DistilledSet): Markup[] {
  const { success, data = [] } = curve.safeParse(options.losses)
  const steps = data.map(([step, loss]) => ({ step, loss })).filter(({ loss }) => loss > 0)
  if (!success || steps.length < 2) return []
  return [
    html`<section>
      <h2>Loss by step</h2>
      ${lossChart(steps)}
      <p>
        Half the mean squared error on what a step looked at, averaged since the step before it in the
        picture. ${endText(options.schedule, steps[steps.length - 1].step)}
      </p>
    </section>`,
  ]
}

function endText(schedule: unknown, steps: number): string {
  return schedule === 'cosine'
    ? `The learning rate fell along a cosine, to 0 after ${plural(steps, 'step')}.`
    : `It was stopped after ${plural(steps, 'step')}, whether or not it would have gone on falling.`
}

function lossChart(steps: readonly { readonly step: number; readonly loss: number }[]): Markup {
  const line = 'var(--line)'
  const main = 'var(--main)'
  return chart('Loss by step, both on scales of powers', {
    x: { type: 'log', label: 'step', tickFormat: (value: number) => value.toLocaleString('en-GB') },
    y: {
      type: 'log',
      label: null,
      ticks: 4,
      tickFormat: (value: number) => String(Number(value.toPrecision(2))),
    },
    marks: [
      Plot.gridY({ stroke: line, strokeOpacity: 1, ticks: 4 }),
      Plot.line(steps, { x: 'step', y: 'loss', stroke: main, strokeWidth: 2 }),
      Plot.dot(steps, { x: 'step', y: 'loss', fill: main, r: 2.5 }),
    ],
  })
}
