import type { MeasuredClaim } from '#core/certificate'
import { checkPart, preconditionTable, verdict } from './certificate-section.ts'
import { figure } from './figures.ts'
import type { Markup } from './html.ts'
import { html, prose } from './html.ts'

/** A certificate without a theorem: what was measured on the written file, and how it can be measured again. */
export function measuredSection(claim: MeasuredClaim): Markup {
  const { measures, preconditions } = claim
  return html`<section>
    <h2>Certificate</h2>
    <p class="verdict ${claim.holds ? 'holds' : 'fails'}">${verdict(claim)}</p>
    <p>${prose(claim.claim)}</p>
    <p>Nothing here rests on a theorem. Each figure was measured on the written file, read back.</p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>measure</th>
            <th class="number">value</th>
            <th class="number">at most</th>
            <th>measured from</th>
          </tr>
        </thead>
        <tbody>
          ${measures.map(
            ({ statement, value, largest, from }) =>
              html`<tr>
                <td class="text">${prose(statement)}</td>
                <td class="number">${figure(value)}</td>
                <td class="number">${largest === undefined ? '' : figure(largest)}</td>
                <td>${from === 'folder' ? 'the folder' : 'the folder and the data'}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${preconditions.length > 0 && preconditionTable(preconditions, 'What was assumed, measured here')}
    ${checkPart(claim, 'measures on the data as well')}
  </section>`
}
