import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RidgeClaim } from '#core/certificate'
import type { Comparison } from '#core/evaluation'
import { renderCard } from '#artefact/card'
import { limitsOf } from '#artefact/limits'
import { pointPictures } from '#artefact/point-pictures'
import { renderClassGrid } from '#artefact/preview/class-grid'
import { renderPreview } from '#artefact/preview/preview'
import { figure, intervalText, scoreText, sharePercent } from '#artefact/report/figures'
import { html, prose } from '#artefact/report/html'
import type { ReportData } from '#artefact/report/report'
import { renderReport } from '#artefact/report/report'
import { runRecord } from '#artefact/run-record'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { description, imageSet, normals, regressionSet, repeated } from './sets.ts'

let blas: Blas
beforeAll(async () => {
  ;({ blas } = await chooseBlas())
})
afterAll(() => blas.close())

const score = (value: number) =>
  ({ metric: 'accuracy', value, n: 10000, interval: [value - 0.0067, value + 0.0067] }) as const

const comparison: Comparison = {
  split: 'test',
  rows: [
    { name: 'original', points: 60000, ridge: 316.2, score: score(0.8641) },
    { name: 'distilled', points: 10, ridge: 0, score: score(0.8641) },
    { name: 'random', points: 10, ridge: 10, score: score(0.402), seeds: 5, spread: 0.031, note: 'a <note>' },
  ],
}

const claim: RidgeClaim = {
  schemaVersion: 1,
  kind: 'ridge',
  theorem: { id: 'free-labels', statement: 'Labels Y_S exist.', source: 'a paper' },
  preconditions: [
    {
      id: 'enough-points',
      theorem: 'a paper',
      statement: 'enough',
      holds: true,
      measured: 10,
      needed: '≥ 10',
    },
  ],
  claim: 'Ridge regression with λ_S = 0 on these 10 points gives the model W.',
  points: 10,
  examples: 60000,
  relativeError: 3.21e-8,
  tolerance: 1e-5,
  holds: true,
  conditionNumbers: { points: 4.32, weight: 4.5 },
  storage: 'float32',
  guarantee: {
    kind: 'class',
    split: 'test',
    inputs: 10000,
    certified: 9999,
    largestDifference: 3e-9,
    largestBiasDifference: 0,
  },
  provenance: 'c'.repeat(64),
}

async function dataOf(change: Partial<ReportData> = {}): Promise<ReportData> {
  const set = change.set ?? (await imageSet(blas))
  const kind = set.inputShape.length === 3 ? 'image' : 'vector'
  const run = { ...runRecord(description(kind), set, 'float32'), comparison }
  const pictures = kind === 'image' ? await pointPictures(set, [0, 255], blas) : undefined
  const preview = await renderPreview(set, pictures)
  return { set, storage: 'float32', run, claim, preview, warnings: ['a warning & more'], ...change }
}

/** Names of elements that are opened and not closed, or closed and not opened. */
function unbalanced(page: string): string[] {
  const single = new Set(['meta', 'img', 'line', 'circle', 'br', 'mspace'])
  const open: string[] = []
  const wrong: string[] = []
  for (const [, close, name, end] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)) {
    if (single.has(name) || end === '/') continue
    if (close === '') open.push(name)
    else if (open.at(-1) === name) open.pop()
    else wrong.push(`/${name}`)
  }
  return [...open, ...wrong]
}

describe('report', () => {
  test('shows the points class by class, and folds all of them away where the grid leaves some out', async () => {
    for (const [perClass, folded] of [
      [1, false],
      [9, true],
    ] as const) {
      const set = repeated(await imageSet(blas), perClass)
      const pictures = await pointPictures(set, [0, 255], blas)
      const page = renderReport(await dataOf({ set, grid: await renderClassGrid(set, pictures) }))
      expect(page).toContain('a column for each class')
      expect(page.includes('<summary>More of the points</summary>')).toBe(folded)
      expect(page.match(/<img /g)).toHaveLength(folded ? 2 : 1)
      expect(unbalanced(page)).toEqual([])
    }
  })

  test('says what was asked, found and proven', async () => {
    const page = renderReport(await dataOf())
    for (const text of [
      'digits, distilled to 10 points',
      'The certificate holds.',
      'retort distill digits --ipc 1',
      '86.41 %',
      '85.74 to 87.08 %',
      'mean of 5 seeds, standard deviation 3.10 %',
      '10 000 examples',
      '3.21 × 10⁻⁸',
      'λ<sub>S</sub> = 0',
      '99.99 %',
      '60 000',
      '7.4 × 10¹⁰',
      'retort verify FOLDER --data DATA',
    ]) {
      expect(page).toContain(text)
    }
  })

  test('is one well-formed page without scripts or anything from outside', async () => {
    for (const set of [await imageSet(blas), regressionSet()]) {
      const page = renderReport(await dataOf({ set }))
      expect(unbalanced(page)).toEqual([])
      expect(page).not.toMatch(/<script|<link|<iframe|\bon\w+=/)
      const outside = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address)
      expect(outside.every((address) => address.startsWith('data:image/png;base64,'))).toBe(true)
      expect(page).not.toMatch(/url\(|@import|https?:/)
      expect(page).not.toMatch(/undefined|NaN|\[object/)
    }
  })

  test('shows names as text, whatever they hold', async () => {
    const data = await dataOf({ warnings: ['<img src=x onerror=alert(1)>'] })
    const run = { ...data.run, data: { ...data.run.data, name: '<b>"&\'' }, command: 'a <script>' }
    const page = renderReport({ ...data, run })
    expect(page).toContain('&lt;b&gt;&quot;&amp;&#39;, distilled')
    expect(page).toContain('a &lt;note&gt;')
    expect(page).not.toContain('<img src=x')
    expect(page).not.toContain('<script')
  })

  test('says so where the certificate does not hold', async () => {
    const failed = renderReport(await dataOf({ claim: { ...claim, holds: false, relativeError: 0.3 } }))
    expect(failed).toContain('does not hold: the written points give W less exactly than claimed')
    expect(failed).not.toContain('The certificate holds')
    const precondition = { ...claim.preconditions[0], holds: false }
    const other = renderReport(
      await dataOf({ claim: { ...claim, holds: false, preconditions: [precondition] } }),
    )
    expect(other).toContain('a precondition of the theorem fails')
  })

  test('works without scores, and for real targets', async () => {
    const set = regressionSet()
    const data = await dataOf({ set })
    const run = { ...data.run, comparison: undefined }
    const bare = { ...claim, guarantee: undefined }
    expect(renderReport({ ...data, run, claim: bare })).not.toContain('<svg')
    const guarantee = { kind: 'real', split: 'hold-out', inputs: 70, largestChange: 2e-7 } as const
    const page = renderReport({
      ...data,
      claim: { ...claim, guarantee: { ...guarantee, largestDifference: 0, largestBiasDifference: 0 } },
    })
    expect(page).toContain('no prediction of the two models differs')
    expect(page).toContain('2 × 10⁻⁷')
  })
})

describe('card', () => {
  test('opens with the YAML that the hub reads', async () => {
    const card = renderCard(await dataOf())
    const [, head] = card.split('---\n')
    expect(head.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
      'pretty_name: "digits, distilled to 10 points"',
      'task_categories:',
      '  - image-classification',
      'size_categories:',
      '  - n<1K',
      'tags:',
      '  - dataset-distillation',
      '  - synthetic',
      '  - retort',
      'configs:',
      '  - config_name: default',
      '    data_files:',
      '      - split: train',
      '        path: train.parquet',
      '',
    ])
    expect(head).not.toMatch(/^license:/m)
    expect(renderCard(await dataOf({ set: regressionSet() }))).toContain('- tabular-regression')
  })

  test('names that are Markdown stay text', async () => {
    const data = await dataOf()
    const run = { ...data.run, data: { ...data.run.data, name: 'a|b *c*\n# d' } }
    const card = renderCard({ ...data, run })
    expect(card).toContain(String.raw`# a\|b \*c\* \# d, distilled to 10 points`)
    expect(card).toContain('pretty_name: "a|b *c*\\n# d, distilled')
  })

  test('warns of what the set reveals', async () => {
    const set = await imageSet(blas)
    expect(limitsOf(set).join(' ')).toContain('reveals the model W and nothing else')
    expect(limitsOf({ ...set, references: normals(10, 36) }).join(' ')).toContain('shows the real examples')
    const every = { ...set, training: { ...set.training, originalRidge: 'all' as const } }
    expect(limitsOf(every).join(' ')).toContain('second moments')
    expect(limitsOf(set).join(' ')).not.toContain('not probabilities')
    const soft = { ...set, labels: normals(10, 10) }
    expect(limitsOf(soft).join(' ')).toContain('not probabilities')
  })
})

describe('numbers and names for people', () => {
  test.each([
    [0, '0'],
    [60000, '60 000'],
    [-1234567, '−1 234 567'],
    [3.14159, '3.14'],
    [-0.25, '−0.25'],
    [3.2e-16, '3.2 × 10⁻¹⁶'],
    [7.4e10, '7.4 × 10¹⁰'],
    [1e-5, '1 × 10⁻⁵'],
    [999999.5, '1 000 000'],
    [123456.7, '123 000'],
    [Infinity, 'Infinity'],
  ])('%d is %s', (value, text) => {
    expect(figure(value)).toBe(text)
  })

  test('scores carry their unit, and a share is never rounded up to all', () => {
    expect(scoreText(0.86414, 'accuracy')).toBe('86.41 %')
    expect(scoreText(-0.1, 'r2')).toBe('−0.1000')
    expect(intervalText({ metric: 'r2', value: 0, n: 9, interval: [-0.5, 0.25] })).toBe('−0.5000 to 0.2500')
    expect(sharePercent(99999, 100000)).toBe('99.99 %')
    expect(sharePercent(10, 10)).toBe('100.00 %')
    expect(sharePercent(0, 0)).toBe('none')
  })

  test('markup is escaped once, lists are joined, false is left out', () => {
    expect(html`<p>${'<'}${[html`<i>${'&'}</i>`, 'x']}${false}${undefined}${3}</p>`.text).toBe(
      '<p>&lt;<i>&amp;</i>x3</p>',
    )
    expect(prose('W_S < λ_S, W x̄_S, target_Y and X_SS').text).toBe(
      'W<sub>S</sub> &lt; λ<sub>S</sub>, W x̄<sub>S</sub>, target_Y and X_SS',
    )
  })
})
