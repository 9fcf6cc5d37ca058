import type { Precondition } from '#core/precondition'
import { figure } from './figures.ts'
import type { Markup } from './html.ts'
import { html, prose } from './html.ts'

/** What a theorem or a derivation assumes, and what was measured of it. */
export function preconditionTable(preconditions: readonly Precondition[]): Markup {
  return html`<div class="scroll">
      <table>
        <caption>
          Its preconditions, measured here
        </caption>
        <thead>
          <tr>
            <th>holds</th>
            <th>assumption</th>
            <th class="number">measured</th>
            <th>needed</th>
          </tr>
        </thead>
        <tbody>
          ${preconditions.map(
            ({ holds, statement, measured, needed, theorem: stated }) =>
              html`<tr>
                <td>${holds === true ? 'yes' : holds === false ? 'no' : 'unknown'}</td>
                <td class="text">${prose(statement)} <span class="soft">${stated}</span></td>
                <td class="number">${typeof measured === 'number' ? figure(measured) : measured}</td>
                <td>${prose(needed)}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>`
}
