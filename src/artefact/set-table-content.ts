import type { SchemaTree } from 'hyparquet'
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet'
import type { Target } from '#core/dataset'
import type { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import { corruptFile } from './faults.ts'
import type { FloatStorage } from '#core/storage'
import { targetColumnNames } from './set-table.ts'

/** What `train.parquet` says of the points, without the pictures. */
export interface TableContent {
  /** m × p and m × k, widened to float64. */
  readonly points: Matrix
  readonly labels: Matrix
  /** Element type of both in the file. */
  readonly storage: FloatStorage
  /** Class name of each point, where the table has the column. */
  readonly classNames?: readonly string[]
  /** The columns of real targets, m × k. */
  readonly targets?: Matrix
}

/**
 * Reads the table back with another implementation than the one that wrote it.
 * @param file named in errors
 * @param hasTargets whether real targets have columns of their own
 * @throws RetortError `artefact/corrupt`
 */
export async function decodeTable(
  file: string,
  bytes: Uint8Array,
  target: Target,
  hasTargets = true,
): Promise<TableContent> {
  const wrong = (message: string, cause?: unknown): RetortError => corruptFile(file, message, cause)
  let columns: readonly SchemaTree[]
  let rows: Record<string, unknown>[]
  try {
    const buffer = Uint8Array.from(bytes).buffer
    columns = parquetSchema(parquetMetadata(buffer)).children
    const read = columns.map(({ element }) => element.name).filter((name) => name !== 'image')
    rows = await parquetReadObjects({ file: buffer, columns: read })
  } catch (cause) {
    throw wrong(`it is no Parquet file (${cause instanceof Error ? cause.message : String(cause)})`, cause)
  }
  const vectors = (name: string): Matrix => {
    const first = rows[0]?.[name]
    const cols = Array.isArray(first) ? first.length : 0
    const result = matrix(rows.length, cols)
    rows.forEach((row, i) => {
      const values = row[name]
      if (!isNumbers(values) || values.length !== cols) {
        throw wrong(`'${name}' of row ${i} is not a list of ${cols} numbers`)
      }
      result.data.set(values, i * cols)
    })
    return result
  }
  const storages = new Set(['x', 'y'].map((name) => elementStorage(columns, name)))
  const [storage] = storages
  if (storages.size > 1 || storage === undefined) throw wrong("'x' and 'y' are not lists of one float type")
  return {
    points: vectors('x'),
    labels: vectors('y'),
    storage,
    ...(target.kind === 'class' &&
      columns.some(({ element }) => element.name === 'label') && {
        classNames: rows.map(({ label }) => (typeof label === 'string' ? label : '')),
      }),
    ...(target.kind === 'real' &&
      hasTargets && { targets: targetMatrix(rows, targetColumnNames(target.names)) }),
  }
}

function targetMatrix(rows: readonly Record<string, unknown>[], names: readonly string[]): Matrix {
  return matrix(
    rows.length,
    names.length,
    Float64Array.from(rows.flatMap((row) => names.map((name) => Number(row[name] ?? NaN)))),
  )
}

/** Element type of a three-level list column. */
function elementStorage(columns: readonly SchemaTree[], name: string): FloatStorage | undefined {
  const column = columns.find(({ element }) => element.name === name)
  const type = column?.children[0]?.children[0]?.element.type
  return type === 'FLOAT' ? 'float32' : type === 'DOUBLE' ? 'float64' : undefined
}

function isNumbers(values: unknown): values is number[] {
  return Array.isArray(values) && values.every((value) => typeof value === 'number')
}
