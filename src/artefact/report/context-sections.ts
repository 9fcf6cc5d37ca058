import type { ClassGrid } from '../preview/class-grid.ts'
import type { Preview } from '../preview/preview.ts'
import type { RunRecord } from '../run-record.ts'
import { plural } from './figures.ts'
import type { Markup } from './html.ts'
import { html, prose } from './html.ts'

export function askedSection({ command, settings, data, provider, versions, seed }: RunRecord): Markup {
  const rows = Object.entries(settings)
    // What the run found (a list of its steps) has its own pictures.
    .filter(([, value]) => value !== null && typeof value !== 'object')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return html`<section>
    <h2>What was asked</h2>
    <pre>${command}</pre>
    <div class="scroll">
      <table>
        <tbody>
          ${rows.map(
            ([name, value]) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td>${settingText(value)}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    <p class="soft">
      Seed ${seed}; ${provider.description}, ${plural(provider.threads, 'thread')};
      ${Object.entries(versions)
        .map(([program, version]) => `${program} ${version}`)
        .join(', ')}.
      The same command on the same machine writes the same bytes.
    </p>
    ${
      data.notes.length > 0 &&
      html`<ul>
        ${data.notes.map((note) => html`<li>${note}</li>`)}
      </ul>`
    }
  </section>`
}

/** The points: class by class where they have classes, and then all of them folded away. */
export function pointsSection(points: number, preview: Preview, grid?: ClassGrid): Markup {
  return html`<section>
    <h2>The points</h2>
    ${grid ? pictured(grid) : pictured(preview)}
    ${
      grid &&
      grid.shown < points &&
      html`<details>
        <summary>More of the points</summary>
        ${pictured(preview)}
      </details>`
    }
  </section>`
}

function pictured({ png, width, height, caption }: Preview): Markup {
  return html`<figure>
    <img src="data:image/png;base64,${base64(png)}" width="${width}" height="${height}" alt="${caption}" />
    <figcaption>${caption}</figcaption>
  </figure>`
}

export function limitsSection(limits: readonly string[], warnings: readonly string[]): Markup {
  return html`<section>
    <h2>Limits${warnings.length > 0 && ' and warnings'}</h2>
    <ul>
      ${warnings.map((warning) => html`<li><strong>Warning:</strong> ${prose(warning)}</li> `)}${limits.map((limit) => html`<li>${prose(limit)}</li> `)}
    </ul>
  </section>`
}

function settingText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function base64(bytes: Uint8Array): string {
  const buffer = globalThis.process?.getBuiltinModule?.('node:buffer')
  if (buffer) return buffer.Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}
