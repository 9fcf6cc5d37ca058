import type { CertificateClaim, MeasuredClaim, RidgeClaim } from '#core/certificate'
import type { Target } from '#core/dataset'
import { preprocessingTitle } from '#core/dataset'
import type { ArtefactFile } from './artefact-files.ts'
import { artefactFiles } from './artefact-files.ts'
import { limitsOf } from './limits.ts'
import { predictionExample, readTableInPython, trainingExample } from './python-example.ts'
import { figure, intervalText, metricName, plural, scoreText, sharePercent } from './report/figures.ts'
import { verdict } from './report/certificate-section.ts'
import type { ReportData } from './report/report.ts'

/** `README.md`: a Hugging Face dataset card. The licence is left to whoever publishes the set. */
export function renderCard(data: ReportData): string {
  const { set, run, claim, preview, warnings } = data
  const { points, target } = set
  return `${frontMatter(data)}
# ${markdown(run.data.name)}, distilled to ${plural(points.rows, 'point')}

${markdown(claim.claim)}

**${verdict(claim)}** ${errorText(claim)}
${scoreLines(data)}
![${markdown(preview.caption)}](preview.png)

## Files

| file | what it is |
|---|---|
${Object.entries(artefactFiles)
  .map(([name, what]) => `| [\`${name}\`](${name}) | ${what} |`)
  .join('\n')}

Each row of \`train.parquet\` is one point: ${columnText(data)}. Points are in the preprocessed space
(${preprocessingTitle(set.preprocessing)}); \`distilled.safetensors\` holds the preprocessing and ${set.training.kind === 'ridge' ? 'the model W (`model.weight`, `model.bias`) and\nλ_S' : 'how to train'}.

## Train on it

With NumPy alone, in this folder:

\`\`\`python
${trainingExample(set)}\`\`\`

The same points with pandas:

\`\`\`python
${readTableInPython}\`\`\`

To predict:

\`\`\`python
${predictionExample(set)}\`\`\`

## What is guaranteed

${claim.kind === 'ridge' ? guaranteeText(claim) : measuresText(claim)}

Check it with \`retort verify FOLDER\`: every byte, every number and the claim. With \`--data DATA\` the model is fitted on
the data again too. [report.html](report.html) shows how each assumption was measured.

## Limits

${[...warnings.map((warning) => `**Warning:** ${warning}`), ...limitsOf(set)].map((limit) => `- ${markdown(limit)}`).join('\n')}

## How it was made

\`\`\`sh
${run.command}
\`\`\`

Target: ${targetText(target)}. Seed ${run.seed}, ${run.storage}, ${markdown(run.provider.description)}.
`
}

function frontMatter({ set, run }: ReportData): string {
  const { kind } = set.target
  const task =
    run.data.kind === 'vector'
      ? `tabular-${kind === 'class' ? 'classification' : 'regression'}`
      : kind === 'class'
        ? 'image-classification'
        : 'other'
  const table: ArtefactFile = 'train.parquet'
  return `---
# license: choose one before you publish
pretty_name: ${JSON.stringify(`${run.data.name}, distilled to ${plural(set.points.rows, 'point')}`)}
task_categories:
  - ${task}
size_categories:
  - ${sizeCategory(set.points.rows)}
tags:
  - dataset-distillation
  - synthetic
  - retort
configs:
  - config_name: default
    data_files:
      - split: train
        path: ${table}
---
`
}

/** The classes of size that the Hugging Face hub knows. */
function sizeCategory(rows: number): string {
  if (rows < 1e3) return 'n<1K'
  if (rows < 1e4) return '1K<n<10K'
  if (rows < 1e5) return '10K<n<100K'
  return rows < 1e6 ? '100K<n<1M' : 'n>1M'
}

function columnText({ set, storage, run }: ReportData): string {
  const { points, labels, classes, target } = set
  const columns = [
    ...(run.data.kind === 'image' ? ['`image` (for looking)'] : []),
    ...(target.kind === 'class' && classes ? ['`label` (its class)'] : []),
    ...(target.kind === 'real' && set.training.kind !== 'two-layer' ? ['one column for each target'] : []),
    `\`x\` (${figure(points.cols)} ${storage} values)`,
    `\`y\` (${plural(labels.cols, 'label value')})`,
  ]
  return columns.join(', ')
}

function scoreLines({ run }: ReportData): string {
  if (!run.comparison) return ''
  const { rows, split } = run.comparison
  const [{ score }] = rows
  return `
| trained on | points | ${metricName(score.metric)} (${split}, n = ${score.n}) | 95 % interval |
|---|---|---|---|
${rows
  .map(
    (row) =>
      `| ${row.name} | ${row.points} | ${scoreText(row.score.value, row.score.metric)} | ${intervalText(row.score)} |`,
  )
  .join('\n')}
`
}

function errorText(claim: CertificateClaim): string {
  if (claim.kind === 'measured')
    return 'Nothing is proved; everything below was measured on the written file.'
  return `Relative error of W, trained again from the written file: ${figure(claim.relativeError)} (bound ${figure(claim.tolerance)}).`
}

function measuresText({ measures }: MeasuredClaim): string {
  return measures.map(({ statement, value }) => `- ${markdown(statement)}: ${figure(value)}`).join('\n')
}

function guaranteeText({ theorem, guarantee }: RidgeClaim): string {
  return `${markdown(theorem.statement)} (${markdown(theorem.source)})\n\n${predictionText(guarantee)}`
}

function predictionText(guarantee: RidgeClaim['guarantee']): string {
  if (!guarantee) return 'No test inputs were given, so single predictions were not examined.'
  const { inputs, split } = guarantee
  if (guarantee.kind === 'real') {
    return `On the ${plural(inputs, 'input')} of the ${split} split no prediction differs from the original model's by more than ${figure(guarantee.largestChange)}, in units of the target.`
  }
  return `For ${guarantee.certified} of ${guarantee.inputs} inputs of the ${split} split (${sharePercent(guarantee.certified, inputs)}) the predicted class provably cannot differ from the original model's.`
}

function targetText(target: Target): string {
  const shown = target.names.slice(0, 20).map(markdown).join(', ')
  const rest = target.names.length > 20 ? `, … (${target.names.length} in all)` : ''
  return `${target.kind === 'class' ? 'classes' : 'real values'} ${shown}${rest}`
}

/** Text that Markdown shows as it is. */
function markdown(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|]/g, String.raw`\$&`).replaceAll(/\s+/g, ' ')
}
