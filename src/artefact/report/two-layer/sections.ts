import type { TwoLayerSet } from '#core/distilled-set'
import type { LearnedFunction, TwoLayerFindings } from '#core/two-layer-findings'
import { fewestPoints } from '#methods/two-layer/preconditions'
import { storedNumbers } from '#models/two-layer/memory'
import { figure, plural } from '../figures.ts'
import type { Markup } from '../html.ts'
import { html } from '../html.ts'
import { charts } from '../plot.ts'
import { curveChart, energyChart, lossChart, mapChart, memoryChart, spectrumChart } from './charts.ts'

/** How the points found their directions. */
function directionsSection(set: TwoLayerSet, findings: TwoLayerFindings): Markup {
  const { spectrum, basis } = set.training
  const { trace, angles } = findings
  const known = trace.some(({ energy }) => energy !== undefined)
  const refined = trace.filter(({ phase }) => phase !== 'points')
  const parts = [
    ...(known
      ? [
          {
            title: 'Inside the true directions',
            drawing: energyChart(trace, (angles?.length ?? basis.rows) / set.points.cols),
            caption:
              'Share of the points’ squared length by step; filled: distillation, open: refinement and labels.',
          },
        ]
      : []),
    ...(refined.length > 1
      ? [
          {
            title: 'Error of students on the way',
            drawing: lossChart(refined),
            caption:
              'Relative training error of a fresh student at each step of refinement, and with the labels at last.',
          },
        ]
      : []),
    {
      title: 'Directions in the points',
      drawing: spectrumChart(spectrum, basis.rows),
      caption: `Singular values of the ${plural(set.points.rows, 'point')}. Pivoted Gram–Schmidt found ${plural(basis.rows, 'direction')}.`,
    },
  ]
  return html`<section>
    <h2>The directions found</h2>
    ${charts(parts)}
    ${
      angles &&
      html`<p>
        Angles between the directions found and the true ones:
        ${angles.map((angle) => `${figure(angle, 2)}°`).join(', ')}.
      </p>`
    }
  </section>`
}

/** What students learned along the directions. */
function learnedSection(learned: LearnedFunction): Markup {
  const { directions, truth, teacher, student } = learned
  const shown = [
    ...(truth ? [{ name: 'Truth', values: truth }] : []),
    { name: 'Teacher', values: teacher },
    { name: 'Student', values: student },
  ]
  const largest = colourRange(shown.map(({ values }) => values))
  return html`<section>
    <h2>The learned function</h2>
    ${
      directions === 1
        ? curveChart(learned)
        : charts(
            shown.map(({ name, values }) => ({
              title: name,
              drawing: mapChart(name, learned, values, largest),
            })),
            'small',
          )
    }
    <p class="soft">
      ${
        directions === 1
          ? 'Predictions along the direction, all other coordinates zero. The teacher saw all data in one step, the student the distilled file alone.'
          : `Predictions in the plane of ${truth ? 'the first two true' : 'the first two'} directions, all other coordinates zero. The teacher saw all data in one step, the student the distilled file alone. Blue is negative, red positive; colours end at ±${figure(largest, 2)}.`
      }
    </p>
  </section>`
}

function memorySection(set: TwoLayerSet, { memory }: TwoLayerFindings, examples: number): Markup {
  const parts = storedNumbers(set.points, set.training)
  const given = examples * (set.points.cols + 1)
  const { basis, width } = set.training
  const law = basis.rows ** 2 * set.points.cols + width
  const lawText = `Dashed: r² d + L = ${figure(law)} for the ${plural(basis.rows, 'direction')} found, ${set.points.cols} inputs and width ${width}, the order of memory that arXiv 2603.14830 states, without its constants. Fewer than ${fewestPoints(basis.rows) * (set.points.cols + 1)} numbers, those of ${plural(fewestPoints(basis.rows), 'point')}, express no generic target.`
  const rows: [string, number][] = [
    [`${set.points.rows} points of ${set.points.cols} values`, parts.points],
    ['their labels', parts.pointLabels],
    ['labels of the second layer', parts.secondLabels],
    ['linear part', parts.linearPart],
    ['scalars and seeds', parts.scalars],
    ['order of pivots', parts.pivots],
    ['in all', parts.total],
  ]
  return html`<section>
    <h2>Numbers stored against error</h2>
    ${memory.length > 1 && memoryChart(memory, law)}
    ${memory.length > 1 && html`<p class="soft">${lawText}</p>`}
    <div class="scroll">
      <table class="cost">
        <tbody>
          ${rows.map(
            ([name, value]) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td class="number">${figure(value)}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    <p>
      ${plural(examples, 'example')} are ${figure(given)} numbers: ${figure(given / parts.total)} times as
      many.
    </p>
  </section>`
}

/** The sections of a two-layer set, in the order of the page. */
export function twoLayerSections(set: TwoLayerSet, findings: TwoLayerFindings, examples: number): Markup[] {
  return [
    directionsSection(set, findings),
    ...(findings.learned ? [learnedSection(findings.learned)] : []),
    memorySection(set, findings, examples),
    studentsSection(findings),
  ]
}

function studentsSection({ students }: TwoLayerFindings): Markup {
  return html`<section>
    <h2>Fresh networks</h2>
    <p>Each was trained on the file alone, from an initialisation of its own.</p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>seed</th>
            ${students.map(({ seed }) => html`<th class="number">${seed}</th> `)}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">error</th>
            ${students.map(({ relativeError }) => html`<td class="number">${figure(relativeError)}</td> `)}
          </tr>
        </tbody>
      </table>
    </div>
  </section>`
}

/** Colours end at a size that all but the extremes stay within, so that corners do not wash out the middle. */
function colourRange(maps: readonly (readonly number[])[]): number {
  const sizes = maps[0].map(Math.abs).sort((a, b) => a - b)
  const typical = sizes[Math.floor(0.85 * (sizes.length - 1))] || 1
  return Number(typical.toPrecision(2))
}
