import type { Blas } from '#linalg/blas'
import type { StorageError } from '#methods/storage-errors'
import type { Cost } from './cost.ts'
import type { Fit } from './fit.ts'
import type { MappedRequest } from './request.ts'
import type { Stopwatch } from './stopwatch.ts'
import { peakMemoryBytes } from './stopwatch.ts'
import { version } from './version.ts'

/** What run.json tells of a run, whatever its method. */
export function describeRun(
  request: MappedRequest,
  fit: Fit,
  cost: Cost,
  blas: Blas,
  stopwatch: Stopwatch | undefined,
  errors?: readonly StorageError[],
) {
  const { dataset, command, name, artefact } = request
  const { storage, baselines: withBaselines } = artefact
  return {
    command,
    settings: {
      ...withoutUndefined({ ...request.input, ...request.fit, ...request.features }),
      intercept: fit.model.intercept ? 'yes' : 'no',
      preprocessing: fit.preprocessing.name,
      originalRidge: fit.model.ridge,
      refitted: fit.refitted,
      storage,
      baselines: withBaselines,
    },
    ...describeCircumstances({ dataset, name }, fit, blas, stopwatch),
    cost,
    ...(errors && { storageErrors: errors.map(plainError) }),
  }
}

/** What a run was made of and with: the same words for every kind of model. */
export function describeCircumstances(
  { dataset, name }: Pick<MappedRequest, 'dataset' | 'name'>,
  { statistics }: Pick<Fit, 'statistics'>,
  blas: Blas,
  stopwatch: Stopwatch | undefined,
) {
  return {
    data: {
      name,
      kind: dataset.kind,
      examples: statistics.count,
      notes: [...dataset.notes],
      ...(dataset.columns && { columns: [...dataset.columns] }),
    },
    provider: { id: blas.id, description: blas.description, threads: blas.threads },
    versions: { retort: version, node: process.versions.node },
    ...(stopwatch && { timings: { seconds: stopwatch.seconds(), peakMemoryBytes: peakMemoryBytes() } }),
  }
}

/** JSON has no infinity. */
function plainError({ error, ...rest }: StorageError) {
  return { ...rest, error: Number.isFinite(error) ? error : null }
}

export function withoutUndefined(values: Record<string, string | number | boolean | undefined>) {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
