import type { PlotOptions } from '@observablehq/plot'
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { Markup, html } from './html.ts'

/** Text of 12 px and ticks that follow the page: the same picture serves paper, light and dark. */
const defaults = { width: 400, height: 240, marginLeft: 48, marginRight: 16, marginBottom: 40 } as const

/**
 * A chart as inline SVG, drawn without a browser. Colours are the page's own variables, and no id depends on what was
 * drawn before.
 * @param label what it shows, for those who cannot see it
 */
export function chart(label: string, options: PlotOptions): Markup {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const figure = Plot.plot({
    ...defaults,
    ...options,
    document,
    ariaLabel: label,
    className: 'chart',
    style: { fontSize: '12px', background: 'none', ...Object(options.style) },
  })
  const text = String(figure.outerHTML).replace(/<style>[^<]*<\/style>/, '')
  return new Markup(text.replace('<svg', '<svg role="img"'))
}

/** Charts beside one another where the page is wide enough, each with a title and a sentence. */
export function charts(
  parts: readonly { title: string; drawing: Markup; caption?: string }[],
  size: 'wide' | 'small' = 'wide',
): Markup {
  return html`<div class="${size === 'small' ? 'charts small' : 'charts'}">
    ${parts.map(
      ({ title, drawing, caption }) =>
        html`<figure>
          <h3>${title}</h3>
          ${drawing} ${caption && html`<figcaption>${caption}</figcaption>`}
        </figure> `,
    )}
  </div>`
}
