import type { Certificate, Check } from '#core/certificate'
import type { Matrix } from '#core/matrix'
import { floatStorage } from '#core/storage'
import type { RunRecord } from '#artefact/run-record'
import type { StoredSet } from '#artefact/set-tensors'
import { decodeTable } from '#artefact/set-table-content'
import { argmaxRows } from '#models/prediction'
import { faultText } from './folder-checks.ts'

/** Whether the table holds the points and labels of the safetensors file, bit for bit, and the right classes. */
export async function checkTable(bytes: Uint8Array, { set, storage }: StoredSet): Promise<Check> {
  const name = 'train.parquet holds the points and labels of distilled.safetensors'
  const needed = `${set.points.rows} equal rows, bit for bit`
  try {
    const table = await decodeTable('train.parquet', bytes, set.target, set.training.kind !== 'two-layer')
    const classNames = set.classes && Array.from(set.classes, (index) => set.target.names[index])
    const difference =
      (table.storage === floatStorage(storage)
        ? undefined
        : `values are ${table.storage}, not ${floatStorage(storage)}`) ??
      firstDifference('x', table.points, set.points) ??
      firstDifference('y', table.labels, set.labels) ??
      (table.targets && firstDifference('a target', table.targets, set.labels)) ??
      firstOtherClass(table.classNames, set.target.kind === 'class' ? classNames : undefined)
    return { name, ok: difference === undefined, measured: difference ?? needed, needed }
  } catch (error) {
    return { name, ok: false, measured: faultText(error), needed }
  }
}

/** Whether run.json and certificate.json speak of the set that is there. */
export function checkRecords(
  { set, storage }: StoredSet,
  run: RunRecord,
  certificate: Certificate | undefined,
): Check {
  const wrong: string[] = []
  const compare = (what: string, stated: unknown, actual: unknown): void => {
    if (stated !== actual) wrong.push(`${what} is ${String(stated)}, the set's is ${String(actual)}`)
  }
  compare('method in run.json', run.method, set.method)
  compare('seed in run.json', run.seed, set.seed)
  compare('storage in run.json', run.storage, storage)
  compare('points in run.json', run.points, set.points.rows)
  compare('provenance in run.json', run.provenance, set.provenance)
  for (const [option, value] of Object.entries(set.options)) {
    compare(`${option} in run.json`, JSON.stringify(run.settings[option]), JSON.stringify(value))
  }
  if (certificate) {
    compare('storage in certificate.json', certificate.storage, storage)
    compare('points in certificate.json', certificate.points, set.points.rows)
    compare('provenance in certificate.json', certificate.provenance, set.provenance)
    if (certificate.examples !== run.data.examples) {
      wrong.push(
        `certificate.json speaks of ${certificate.examples} examples, run.json of ${run.data.examples}`,
      )
    }
  }
  return {
    name: 'run.json and certificate.json speak of this set',
    ok: wrong.length === 0,
    measured: wrong.join('; ') || 'the same',
    needed: 'the same method, seed, storage, size and provenance',
  }
}

/** Whether the label of each point is largest at its class, where labels are those of classes. */
export function checkClasses({ set: { classes, labels, options } }: StoredSet): Check[] {
  const hard = options.labelEncoding === 'one-hot' || options.labelEncoding === 'centred'
  if (!classes || !hard) return []
  const wrong = argmaxRows(labels).findIndex((index, i) => index !== classes[i])
  return [
    {
      name: 'the label of every point is that of its class',
      ok: wrong < 0,
      measured: wrong < 0 ? 'so it is' : `point ${wrong} is of class ${classes[wrong]} with another label`,
      needed: `${classes.length} ${String(options.labelEncoding)} labels`,
    },
  ]
}

function firstDifference(column: string, found: Matrix, wanted: Matrix): string | undefined {
  if (found.rows !== wanted.rows || found.cols !== wanted.cols) {
    return `${column} is ${found.rows} × ${found.cols}, not ${wanted.rows} × ${wanted.cols}`
  }
  for (let t = 0; t < wanted.data.length; t++) {
    if (Object.is(found.data[t], wanted.data[t])) continue
    const row = Math.floor(t / wanted.cols)
    return `value ${t % wanted.cols} of ${column} in row ${row} is ${found.data[t]}, not ${wanted.data[t]}`
  }
  return undefined
}

function firstOtherClass(
  found: readonly string[] | undefined,
  wanted: readonly string[] | undefined,
): string | undefined {
  if (found === undefined && wanted === undefined) return undefined
  if (found?.length !== wanted?.length)
    return found ? 'there are labels without classes' : 'there are no labels'
  const row = wanted?.findIndex((name, i) => found?.[i] !== name) ?? -1
  return row < 0 ? undefined : `the label of row ${row} is ${found?.[row]}, not ${wanted?.[row]}`
}
