import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readArtefact } from '#artefact/read'
import type { Certificate } from '#core/certificate'
import type { Dataset } from '#core/dataset'
import { preprocessingTitle } from '#core/dataset'
import type { DistilledSet } from '#core/distilled-set'
import { localPlace } from '#data/local-place'
import { inputSettings } from '#engine/settings'
import { openStatistics } from '#statistics/statistics-file'
import { openGiven } from '../session.ts'
import { group } from '../progress-line.ts'
import type { Terminal } from '../terminal.ts'
import { defineVerb } from '../verb.ts'
import { figure } from '../wording.ts'

export const inspect = defineVerb({
  name: 'inspect',
  summary: 'Describe a dataset, an artefact or a statistics file without changing it.',
  arguments: [{ name: 'path', summary: 'dataset, artefact folder or statistics file', required: true }],
  options: inputSettings,
  examples: ['retort inspect path/to/mnist', 'retort inspect mnist-10', 'retort inspect part-2'],
  async run([path], options, terminal) {
    if (existsSync(join(path, 'certificate.json'))) return describeArtefact(path, terminal)
    if (await isStatistics(path)) return describeStatistics(path, terminal)
    return describeDataset(await openGiven(path, options, { report: terminal.report }), terminal)
  },
})

async function describeArtefact(path: string, terminal: Terminal): Promise<number> {
  const { set, storage, run, certificate } = await readArtefact(path)
  const { training } = set
  const facts = {
    kind: 'artefact',
    method: set.method,
    options: set.options,
    points: set.points.rows,
    inputShape: set.inputShape,
    target: set.target,
    preprocessing: preprocessingTitle(set.preprocessing),
    training: training.kind,
    ridgeDistilled: training.ridge,
    ...(training.kind === 'ridge' && {
      originalRidge: training.originalRidge,
      intercept: training.intercept,
    }),
    ...(set.features && { features: { id: set.features.id, featureSize: set.features.featureSize } }),
    storage,
    source: run.data.name,
    examples: run.data.examples,
    ...(certificate.kind === 'ridge' && { relativeError: certificate.relativeError }),
    holds: certificate.holds,
  }
  terminal.say(
    terminal.bold(
      `${path}: ${facts.points} points distilled from ${group(facts.examples)} examples of ${facts.source}`,
    ),
  )
  terminal.say(
    `  method         ${[set.method, set.options.variant].filter((part) => part !== undefined).join(', ')} (${run.command})`,
  )
  terminal.say(
    `  point          ${set.inputShape.join(' × ')}, ${storage}, preprocessing ${facts.preprocessing}`,
  )
  terminal.say(
    `  targets        ${set.target.names.length} ${set.target.kind === 'class' ? 'classes' : 'columns'}: ${shortList(set.target.names)}`,
  )
  terminal.say(`  train with     ${trainingText(set)}`)
  terminal.say(`  certificate    ${certificate.claim}`)
  for (const line of measuredLines(certificate)) terminal.say(`                 ${line}`)
  terminal.say(terminal.dim(`check it: retort verify ${path}`))
  terminal.result({ schemaVersion: 1, ...facts })
  return 0
}

function trainingText({ training, features }: DistilledSet): string {
  switch (training.kind) {
    case 'ridge': {
      const on = features ? ` on ${group(features.featureSize)} features (${features.id})` : ''
      return `ridge regression${on}, λ_S = ${figure(training.ridge)}, ${training.intercept ? 'with' : 'without'} intercept`
    }
    case 'kernel':
      return `kernel ridge regression (${training.kernel.id}), λ_S = ${figure(training.ridge)}`
    case 'two-layer':
      return `a two-layer ReLU network of any even width, ${training.basis.rows} directions; ${training.secondLabels.length} labels made for width ${group(training.width)}`
  }
}

function measuredLines(certificate: Certificate): string[] {
  if (certificate.kind === 'measured') {
    return certificate.measures.map(({ statement, value }) => `${statement}: ${figure(value)}`)
  }
  return [`‖W_S − W‖/‖W‖ = ${figure(certificate.relativeError)}, bound ${figure(certificate.tolerance)}`]
}

async function isStatistics(path: string): Promise<boolean> {
  if (!existsSync(path) || !statSync(path).isFile()) return false
  const [source] = (await localPlace(path)).files
  const head = new TextDecoder().decode(await source.slice(8, 4096))
  return head.startsWith('{') && head.includes('retort-statistics')
}

async function describeStatistics(path: string, terminal: Terminal): Promise<number> {
  const [source] = (await localPlace(path)).files
  const { name, examples, shard, membership, shape, load } = await openStatistics(source)
  const { fit, holdOut } = await load()
  const facts = {
    kind: 'statistics',
    name,
    examples,
    counted: fit.count + holdOut.count,
    shard,
    membership: membership ?? null,
    inputShape: shape.inputShape,
    elementType: shape.elementType,
    exact: fit.sums.kind === 'exact',
  }
  terminal.say(
    terminal.bold(`${path}: statistics of ${group(facts.counted)} of ${group(examples)} examples of ${name}`),
  )
  terminal.say(`  part           ${shard.index} of ${shard.count}`)
  terminal.say(
    `  input          ${shape.inputShape.join(' × ')}, ${shape.elementType}, ${facts.exact ? 'exact integer sums' : 'order-free sums'}`,
  )
  if (membership) terminal.say(`  held out       ${group(holdOut.count)} examples (seed ${membership.seed})`)
  terminal.result({ schemaVersion: 1, ...facts })
  return 0
}

function describeDataset(dataset: Dataset, terminal: Terminal): number {
  const { name, kind, inputShape, elementType, target, columns, splits, source, notes } = dataset
  const facts = {
    kind,
    name,
    inputShape,
    elementType,
    target,
    columns: columns ?? null,
    train: splits.train.count,
    test: splits.test?.count ?? null,
    files: source.files,
    notes,
  }
  terminal.say(
    terminal.bold(
      `${name}: ${group(facts.train)} training and ${facts.test === null ? 'no' : group(facts.test)} test examples`,
    ),
  )
  terminal.say(`  input          ${kind}, ${inputShape.join(' × ')}, ${elementType}`)
  terminal.say(
    `  target         ${target.names.length} ${target.kind === 'class' ? 'classes' : 'real columns'}: ${shortList(target.names)}`,
  )
  if (columns) terminal.say(`  columns        ${shortList(columns)}`)
  terminal.say(`  files          ${shortList(source.files)}`)
  for (const note of notes) terminal.say(`  note           ${note}`)
  terminal.result({ schemaVersion: 1, ...facts })
  return 0
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ')
  return names.length > 12 ? `${shown}, … (${names.length})` : shown
}
