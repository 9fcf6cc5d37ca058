import type { RidgeTraining } from '#core/distilled-set'
import { figure } from './figures.ts'
import { Markup, html } from './html.ts'

const symbol = (name: string, index?: string): string =>
  index === undefined ? `<mi>${name}</mi>` : `<msub><mi>${name}</mi><mi>${index}</mi></msub>`
const operator = (text: string): string => `<mo>${text}</mo>`
const transposed = (inner: string): string => `<msup><mrow>${inner}</mrow><mo>⊤</mo></msup>`
const squared = (inner: string): string => `<msup><mrow>${inner}</mrow><mn>2</mn></msup>`
const norm = (inner: string): string => `${operator('‖')}${inner}${operator('‖')}`
const weightS = symbol('W', 'S')
const biasS = symbol('b', 'S')

function display(...parts: string[]): Markup {
  return html`<div class="formula">
    ${new Markup(`<math display="block"><mrow>${parts.join('')}</mrow></math>`)}
  </div>`
}

/** What is minimised on the points: ‖W X_Sᵀ + b1ᵀ − Y_Sᵀ‖² + λ_S ‖W‖². */
export function trainingFormula({ ridge, intercept }: RidgeTraining): Markup {
  const unknowns = intercept ? '<mi>W</mi><mo>,</mo><mi>b</mi>' : '<mi>W</mi>'
  const left = intercept ? `<mo>(</mo>${weightS}<mo>,</mo>${biasS}<mo>)</mo>` : weightS
  const offset = intercept ? `${operator('+')}<mi>b</mi>${transposed('<mn>1</mn>')}` : ''
  const residual = `<mi>W</mi>${transposed(symbol('X', 'S'))}${offset}${operator('−')}${transposed(symbol('Y', 'S'))}`
  const penalty = `${operator('+')}${symbol('λ', 'S')}${squared(norm('<mi>W</mi>'))}`
  return display(
    left,
    operator('='),
    `<munder><mi>argmin</mi><mrow>${unknowns}</mrow></munder>`,
    '<mspace width="0.3em"/>',
    squared(norm(residual)),
    penalty,
    `<mspace width="1em"/><mtext>with</mtext><mspace width="0.4em"/>`,
    symbol('λ', 'S'),
    operator('='),
    `<mn>${figure(ridge, 6)}</mn>`,
  )
}

/** ‖W_S − W‖ / ‖W‖ = measured ≤ tolerance. */
export function errorFormula(measured: number, tolerance: number, intercept: boolean): Markup {
  const stacked = (w: string, b: string): string =>
    intercept ? `<mo>[</mo>${w}<mspace width="0.3em"/>${b}<mo>]</mo>` : w
  const found = stacked(weightS, biasS)
  const wanted = stacked('<mi>W</mi>', '<mi>b</mi>')
  return display(
    `<mfrac><mrow>${norm(`${found}${operator('−')}${wanted}`)}</mrow><mrow>${norm(wanted)}</mrow></mfrac>`,
    operator('='),
    `<mn>${figure(measured)}</mn>`,
    operator(measured <= tolerance ? '≤' : '&gt;'),
    `<mn>${figure(tolerance)}</mn>`,
  )
}

/** The margin above which no prediction can change: f_i(x) − f_j(x) > ‖(e_i − e_j)ᵀ(W_S − W)‖ ‖x‖ + |…|. */
export function marginFormula(intercept: boolean): Markup {
  const selector = transposed(`<mo>(</mo>${symbol('e', 'i')}${operator('−')}${symbol('e', 'j')}<mo>)</mo>`)
  const bias = intercept
    ? `${operator('+')}<mo>|</mo>${selector}<mo>(</mo>${biasS}${operator('−')}<mi>b</mi><mo>)</mo><mo>|</mo>`
    : ''
  return display(
    `${symbol('f', 'i')}<mo>(</mo><mi>x</mi><mo>)</mo>${operator('−')}${symbol('f', 'j')}<mo>(</mo><mi>x</mi><mo>)</mo>`,
    operator('&gt;'),
    norm(`${selector}<mo>(</mo>${weightS}${operator('−')}<mi>W</mi><mo>)</mo>`),
    norm('<mi>x</mi>'),
    bias,
    `<mspace width="1em"/><mtext>for all</mtext><mspace width="0.4em"/><mi>j</mi><mo>≠</mo><mi>i</mi>`,
  )
}
