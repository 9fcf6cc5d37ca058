import type { CertificateClaim, PredictionGuarantee, RidgeClaim } from '#core/certificate'
import type { RidgeTraining } from '#core/distilled-set'
import type { Precondition } from '#core/precondition'
import { figure, plural, sharePercent } from './figures.ts'
import { errorFormula, marginFormula, trainingFormula } from './formulas.ts'
import type { Markup } from './html.ts'
import { html, prose } from './html.ts'

export function certificateSection(claim: RidgeClaim, training: RidgeTraining): Markup {
  const { theorem, preconditions, conditionNumbers, relativeError, tolerance, guarantee, otherRidges } = claim
  return html`<section>
    <h2>Certificate</h2>
    <p class="verdict ${claim.holds ? 'holds' : 'fails'}">${verdict(claim)}</p>
    <p>${prose(claim.claim)}</p>
    ${trainingFormula(training)}
    <p>W<sub>S</sub> was trained in float64 from the written file, read back. Its distance from W:</p>
    ${errorFormula(relativeError, tolerance, training.intercept)}
    ${
      otherRidges &&
      html`<p>The set serves every λ. At others than the stored one the distance is:</p>
        <table>
          <thead>
            <tr>
              <th class="number">λ</th>
              <th class="number">relative error</th>
            </tr>
          </thead>
          <tbody>
            ${otherRidges.map(
              ({ ridge, relativeError }) =>
                html`<tr>
                  <td class="number">${figure(ridge)}</td>
                  <td class="number">${figure(relativeError)}</td>
                </tr> `,
            )}
          </tbody>
        </table>`
    }
    <p class="soft">
      Condition numbers: ${figure(conditionNumbers.points)} (points), ${figure(conditionNumbers.weight)} (W).
      Rounding in the file is magnified by at most about the first.
    </p>
    <h3>Theorem</h3>
    <p>${prose(theorem.statement)} <span class="soft">(${theorem.source})</span></p>
    ${preconditionTable(preconditions, 'Its preconditions, measured here')}
    ${guarantee && guaranteePart(guarantee, training.intercept)}
    ${checkPart(claim, 'fits W from the data as well')}
  </section>`
}

/** What was assumed, each assumption with its measured value. */
export function preconditionTable(preconditions: readonly Precondition[], caption: string): Markup {
  return html`<div class="scroll">
    <table>
      <caption>
        ${caption}
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

/** How a reader checks the folder. */
export function checkPart({ provenance }: CertificateClaim, withData: string): Markup {
  return html`<h3>Check it</h3>
    <pre>
retort verify FOLDER
retort verify FOLDER --data DATA</pre>
    <p class="soft">
      The first checks every byte and trains again from the folder; the second ${withData}. Hash of the source
      statistics: <code>${provenance}</code>
    </p>`
}

export function verdict(claim: CertificateClaim): string {
  if (claim.holds) return 'The certificate holds.'
  if (claim.kind === 'measured') return 'The certificate does not hold: a measure is above what it claims.'
  return claim.relativeError > claim.tolerance
    ? 'The certificate does not hold: the written points give W less exactly than claimed.'
    : 'The certificate does not hold: a precondition of the theorem fails.'
}

function guaranteePart(guarantee: PredictionGuarantee, intercept: boolean): Markup {
  const { split, inputs, largestDifference } = guarantee
  const heading = html`<h3>Prediction by prediction</h3>`
  if (guarantee.kind === 'real') {
    return html`${heading}
      <p>
        On the ${plural(inputs, 'input')} of the ${split} split no prediction of the two models differs by
        more than ${figure(guarantee.largestChange)}, in units of the target (bound ‖(W<sub>S</sub> −
        W)ᵀe<sub>j</sub>‖ ‖x‖ plus the difference of the intercepts).
      </p>`
  }
  const { certified } = guarantee
  return html`${heading}
    <p>
      For ${figure(certified)} of ${figure(inputs)} inputs of the ${split} split
      (${sharePercent(certified, inputs)}) the predicted class i provably cannot differ between the two
      models, because its margin is above what the difference of the models can move:
    </p>
    ${marginFormula(intercept)}
    <p class="soft">
      Largest ‖(e<sub>i</sub> − e<sub>j</sub>)ᵀ(W<sub>S</sub> − W)‖: ${figure(largestDifference)}. The bound
      includes the rounding of evaluating both models in float64.
    </p>`
}
