import type { DistilledSet } from '#core/distilled-set'
import type { RunRecord } from '../run-record.ts'
import { figure } from './figures.ts'
import type { Markup } from './html.ts'
import { html } from './html.ts'

/** What each element type would leave of W, and what the chosen one did; undefined where nothing is known of it. */
export function storageSection({ storageErrors }: RunRecord, set: DistilledSet): Markup | undefined {
  const { errorBeforeStorage, errorWithOldLabels, errorRelabelled } = set.options
  if (!storageErrors && !set.grid) return undefined
  return html`<section>
    <h2>Storage</h2>
    ${
      set.grid &&
      html`<p>
        The points are ${set.grid.storage} integers, each column on equally spaced values from its least to
        its largest, and the labels were solved anew for them. Relative error of W:
        ${shown(errorBeforeStorage)} before, ${shown(errorWithOldLabels)} on the grid with the old labels,
        ${shown(errorRelabelled)} with the new.
      </p>`
    }
    ${
      storageErrors &&
      html`<p>Relative error of W, had the points been stored as</p>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>element type</th>
                <th class="number">labels as they are</th>
                <th class="number">labels solved anew</th>
              </tr>
            </thead>
            <tbody>
              ${storageErrors.map(
                ({ storage, error, relabelled }) =>
                  html`<tr>
                    <td>${storage}</td>
                    <td class="number">${error === null ? 'out of range' : figure(error)}</td>
                    <td class="number">${relabelled === undefined ? '' : figure(relabelled)}</td>
                  </tr> `,
              )}
            </tbody>
          </table>
        </div>`
    }
  </section>`
}

function shown(value: unknown): string {
  return typeof value === 'number' ? figure(value) : 'unknown'
}
