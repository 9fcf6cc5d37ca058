import type { SchemaElement } from 'hyparquet'
import type { ColumnSource } from 'hyparquet-writer'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { DistilledSet } from '#core/distilled-set'
import type { AnyMatrix, Matrix } from '#core/matrix'
import { toFloat32 } from '#core/matrix'
import { canonicalJson } from './canonical-json.ts'
import type { Storage } from './set-metadata.ts'

interface Column extends Pick<ColumnSource, 'name' | 'data' | 'encoding'> {
  readonly schema: readonly SchemaElement[]
  /** The feature as the Hugging Face `datasets` library writes it into the file. */
  readonly feature: object
}

/**
 * The bytes of `train.parquet`, one row per point: `image` (PNG, for pictures), `label` (class name) or one column for
 * each real target, `x` (p values, preprocessed) and `y` (k label values), the last two exactly as in the safetensors
 * file. Optional fields and three-level lists are what Arrow writes, so that every reader and the Hugging Face viewer
 * know them; no value is null.
 * @param pictures one PNG per point
 */
export function encodeTable(
  set: DistilledSet,
  storage: Storage,
  pictures?: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const points = storedValues(set.points, storage)
  const labels = storedValues(set.labels, storage)
  const columns: Column[] = []
  if (pictures) columns.push(imageColumn(pictures))
  if (set.target.kind === 'real') columns.push(...targetColumns(set.target.names, labels))
  else if (set.classes) columns.push(classColumn(set.target.names, set.classes))
  columns.push(listColumn('x', points, storage), listColumn('y', labels, storage))
  const features = Object.fromEntries(columns.map(({ name, feature }) => [name, feature]))
  const bytes = parquetWriteBuffer({
    schema: [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(({ schema }) => schema)],
    columnData: columns.map(({ name, data, encoding }) => ({ name, data, encoding })),
    // Distilled values hardly compress, and plain values open everywhere.
    codec: 'UNCOMPRESSED',
    statistics: false,
    createdBy: 'retort',
    kvMetadata: [{ key: 'huggingface', value: canonicalJson({ info: { features } }) }],
  })
  return new Uint8Array(bytes)
}

/** Column names of real targets; those that the table uses for something else get the prefix `target_`. */
export function targetColumnNames(names: readonly string[]): string[] {
  const taken = new Set(['x', 'y', 'image', 'label'])
  return names.map((name) => {
    let free = name
    while (taken.has(free)) free = `target_${free}`
    taken.add(free)
    return free
  })
}

/** The values as the safetensors file holds them. */
function storedValues(values: Matrix, storage: Storage): AnyMatrix {
  return storage === 'float32' ? toFloat32(values) : values
}

function listColumn(name: string, values: AnyMatrix, storage: Storage): Column {
  const data = Array.from({ length: values.rows }, (_, i) =>
    Array.from(values.data.subarray(i * values.cols, (i + 1) * values.cols)),
  )
  return {
    name,
    data,
    // A dictionary would merge 0 and −0.
    encoding: 'PLAIN',
    schema: [
      {
        name,
        repetition_type: 'OPTIONAL',
        num_children: 1,
        converted_type: 'LIST',
        logical_type: { type: 'LIST' },
      },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL', type: storage === 'float32' ? 'FLOAT' : 'DOUBLE' },
    ],
    feature: { _type: 'Sequence', feature: valueFeature(storage) },
  }
}

function targetColumns(names: readonly string[], labels: AnyMatrix): Column[] {
  return targetColumnNames(names).map((name, j) => ({
    name,
    data: Array.from({ length: labels.rows }, (_, i) => labels.data[i * labels.cols + j]),
    encoding: 'PLAIN',
    schema: [{ name, repetition_type: 'OPTIONAL', type: 'DOUBLE' }],
    feature: valueFeature('float64'),
  }))
}

function classColumn(names: readonly string[], classes: Int32Array): Column {
  const name = 'label'
  return {
    name,
    data: Array.from(classes, (index) => names[index]),
    schema: [textElement(name)],
    feature: valueFeature('string'),
  }
}

function imageColumn(pictures: readonly Uint8Array[]): Column {
  const name = 'image'
  const digits = String(Math.max(0, pictures.length - 1)).length
  return {
    name,
    data: pictures.map((bytes, i) => ({ bytes, path: `point-${String(i).padStart(digits, '0')}.png` })),
    encoding: 'PLAIN',
    schema: [
      { name, repetition_type: 'OPTIONAL', num_children: 2 },
      { name: 'bytes', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY' },
      textElement('path'),
    ],
    feature: { _type: 'Image' },
  }
}

function textElement(name: string): SchemaElement {
  return {
    name,
    repetition_type: 'OPTIONAL',
    type: 'BYTE_ARRAY',
    converted_type: 'UTF8',
    logical_type: { type: 'STRING' },
  }
}

function valueFeature(dtype: Storage | 'string'): object {
  return { _type: 'Value', dtype }
}
