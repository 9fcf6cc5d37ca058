import type { Training } from '#core/distilled-set'
import type { Comparison } from '#core/evaluation'
import { figure, intervalText, metricName, plural, scoreText } from './figures.ts'
import type { Markup } from './html.ts'
import { html } from './html.ts'
import { intervalPlot } from './interval-plot.ts'

export function scoresSection(comparison: Comparison, kind: Training['kind']): Markup {
  const { rows, split } = comparison
  const [{ score }] = rows
  return html`<section>
    <h2>${score.metric === 'accuracy' ? 'Accuracy' : 'R²'} on the ${split} split</h2>
    <p>
      ${plural(score.n, 'example')}; bars are 95 % intervals${score.metric === 'accuracy' && ' (Wilson)'}. The
      ${
        kind === 'two-layer'
          ? 'distilled row is the mean of fresh networks. Coresets are the teacher on real examples of as many numbers as the set, with λ and linear part chosen on the hold-out.'
          : 'rows other than the first two train the same model on as many real examples.'
      }
    </p>
    ${intervalPlot(comparison)}
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>trained on</th>
            <th class="number">points</th>
            <th class="number">λ</th>
            <th class="number">${metricName(score.metric)}</th>
            <th class="number">95 % interval</th>
            <th>note</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                <th scope="row">${row.name}</th>
                <td class="number">${figure(row.points)}</td>
                <td class="number">${figure(row.ridge)}</td>
                <td class="number">${scoreText(row.score.value, row.score.metric)}</td>
                <td class="number">${intervalText(row.score)}</td>
                <td class="text">
                  ${[
                    row.seeds !== undefined &&
                      `mean of ${row.seeds} seeds, standard deviation ${scoreText(row.spread ?? 0, row.score.metric)}`,
                    row.note,
                  ]
                    .filter((text) => typeof text === 'string')
                    .join('; ')}
                </td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
  </section>`
}
