import type { CertificateClaim } from '#core/certificate'
import type { DistilledSet } from '#core/distilled-set'
import { isTwoLayerSet } from '#core/distilled-set'
import { storedNumbers } from '#models/two-layer/memory'
import type { ComparisonRow } from '#core/evaluation'
import { limitsOf } from '../limits.ts'
import type { ClassGrid } from '../preview/class-grid.ts'
import type { Preview } from '../preview/preview.ts'
import type { RunRecord } from '../run-record.ts'
import type { Storage } from '#core/storage'
import { figure, metricName, plural, scoreText, sharePercent } from './figures.ts'
import type { Markup } from './html.ts'
import { Markup as Raw, html, prose } from './html.ts'
import { certificateSection, verdict } from './certificate-section.ts'
import { askedSection, limitsSection, pointsSection } from './context-sections.ts'
import { costSection } from './cost-section.ts'
import { measuredSection } from './measured-section.ts'
import { scoresSection } from './scores-section.ts'
import { storageSection } from './storage-section.ts'
import { style } from './style.ts'

/** All that card and report tell. */
export interface ReportData {
  readonly set: DistilledSet
  readonly storage: Storage
  readonly run: RunRecord
  readonly claim: CertificateClaim
  readonly preview: Preview
  /** The points class by class, where they are images with classes. */
  readonly grid?: ClassGrid
  readonly warnings: readonly string[]
  /** Pictures and tables of the method's own, before the certificate. */
  readonly sections?: readonly Markup[]
}

/** `report.html`: one page without scripts or outside resources. */
export function renderReport(data: ReportData): string {
  const { set, storage, run, claim, preview, grid, warnings, sections = [] } = data
  const title = `${run.data.name}, distilled to ${plural(set.points.rows, 'point')}`
  const { comparison } = run
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="retort" />
        <title>${title}</title>
        <style>
          ${new Raw(style)}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p class="lead">${prose(claim.claim)}</p>
          <p class="verdict ${claim.holds ? 'holds' : 'fails'}">${verdict(claim)}</p>
          ${keyFigures(data)}
        </header>
        <main>
          ${pointsSection(set.points.rows, preview, grid)}
          ${comparison && scoresSection(comparison, set.training.kind)} ${sections} ${certificatePart(data)}
          ${storageSection(run, set)} ${costSection(run, set, storage)}
          ${limitsSection(limitsOf(set), warnings)} ${askedSection(run)}
        </main>
      </body>
    </html> `.text
}

function certificatePart({ claim, set: { training } }: ReportData): Markup | undefined {
  if (claim.kind === 'measured') return measuredSection(claim)
  return training.kind === 'ridge' ? certificateSection(claim, training) : undefined
}

function keyFigures({ set, run, claim }: ReportData): Markup {
  const row = (name: string): ComparisonRow | undefined =>
    run.comparison?.rows.find((other) => other.name === name)
  const facts: [string, string][] = [
    ['points', figure(set.points.rows)],
    ['from examples', figure(run.data.examples)],
    ...(isTwoLayerSet(set)
      ? [fact('numbers stored', figure(storedNumbers(set.points, set.training).total))]
      : []),
    ...(claim.kind === 'ridge' ? [fact('relative error of W', figure(claim.relativeError))] : []),
  ]
  for (const found of [row('original'), row('teacher'), row('distilled')]) {
    if (!found) continue
    const { value, metric } = found.score
    facts.push([`${metricName(metric)}, ${found.name}`, scoreText(value, metric)])
  }
  const guarantee = claim.kind === 'ridge' ? claim.guarantee : undefined
  if (guarantee?.kind === 'class') {
    facts.push(['predictions provably equal', sharePercent(guarantee.certified, guarantee.inputs)])
  }
  return html`<dl class="facts">
    ${facts.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div> `,
    )}
  </dl>`
}

function fact(name: string, value: string): [string, string] {
  return [name, value]
}
