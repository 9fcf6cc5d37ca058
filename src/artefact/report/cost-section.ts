import { inputSize, targetSize } from '#core/dataset'
import type { DistilledSet } from '#core/distilled-set'
import { isTwoLayerSet } from '#core/distilled-set'
import { storedNumbers } from '#models/two-layer/memory'
import type { RunRecord } from '../run-record.ts'
import type { Storage } from '#core/storage'
import { figure } from './figures.ts'
import type { Markup } from './html.ts'
import { html } from './html.ts'

export function costSection({ cost, timings, data }: RunRecord, set: DistilledSet, storage: Storage): Markup {
  const p = inputSize(set)
  const k = targetSize(set.target)
  const m = set.points.rows
  const stored = isTwoLayerSet(set) ? storedNumbers(set.points, set.training).total : m * (p + k)
  const how = isTwoLayerSet(set) ? '' : ` (${m} × (${p} + ${k}))`
  const given = data.examples * (p + (set.target.kind === 'class' ? 1 : k))
  const rows: [string, string][] = [
    ['passes over the data', figure(cost.passes)],
    ['training examples read', figure(cost.examplesRead)],
    ['floating-point operations', figure(cost.floatingPointOperations)],
    ['numbers stored', `${figure(stored)}${how}, ${storage}`],
    ['numbers in the data', figure(given)],
    ['compression', `${figure(given / stored)} to 1`],
    ...Object.entries(timings?.seconds ?? {}).map(([stage, seconds]): [string, string] => [
      `seconds, ${stage}`,
      seconds.toFixed(3),
    ]),
  ]
  if (timings?.peakMemoryBytes !== undefined) {
    rows.push(['peak memory', `${figure(timings.peakMemoryBytes / 2 ** 20)} MiB`])
  }
  return html`<section>
    <h2>Cost</h2>
    <table class="cost">
      <tbody>
        ${rows.map(
          ([name, value]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td class="number">${value}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </section>`
}
