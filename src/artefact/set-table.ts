import type { DistilledSet } from '#core/distilled-set'
import type { AnyMatrix, Matrix } from '#core/matrix'
import { toFloat32 } from '#core/matrix'
import { canonicalJson } from './canonical-json.ts'
import type { TableColumn } from './parquet-table.ts'
import { encodeParquet, listColumn, plainColumn, structColumn, textElement } from './parquet-table.ts'
import type { FloatStorage, Storage } from '#core/storage'
import { floatStorage } from '#core/storage'

interface SetColumn {
  readonly column: TableColumn
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
export async function encodeTable(
  set: DistilledSet,
  storage: Storage,
  pictures?: readonly Uint8Array[],
): Promise<Uint8Array<ArrayBuffer>> {
  const { target, classes } = set
  const elements = floatStorage(storage)
  const points = storedValues(set.points, elements)
  const labels = storedValues(set.labels, elements)
  const columns: SetColumn[] = []
  if (pictures) columns.push(imageColumn(pictures))
  // The labels of a two-layer set are not in units of the target.
  const targets = set.training.kind !== 'two-layer'
  if (target.kind === 'real' && targets) columns.push(...targetColumns(target.names, labels))
  else if (classes && targets) columns.push(classColumn(target.names, classes))
  columns.push(floatsColumn('x', points, elements), floatsColumn('y', labels, elements))
  const features = Object.fromEntries(columns.map(({ column, feature }) => [column.name, feature]))
  return encodeParquet(
    columns.map(({ column }) => column),
    points.rows,
    points.cols + labels.cols,
    { huggingface: canonicalJson({ info: { features } }) },
  )
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
function storedValues(values: Matrix, storage: FloatStorage): AnyMatrix {
  return storage === 'float32' ? toFloat32(values) : values
}

function floatsColumn(name: string, { cols, data }: AnyMatrix, storage: FloatStorage): SetColumn {
  return {
    column: listColumn(name, data, cols),
    feature: { _type: 'Sequence', feature: valueFeature(storage) },
  }
}

function targetColumns(names: readonly string[], { cols, data }: AnyMatrix): SetColumn[] {
  return targetColumnNames(names).map((name, j) => ({
    column: plainColumn({ name, type: 'DOUBLE' }, (row) => data[row * cols + j]),
    feature: valueFeature('float64'),
  }))
}

function classColumn(names: readonly string[], classes: Int32Array): SetColumn {
  return {
    column: plainColumn(textElement('label'), (row) => names[classes[row]]),
    feature: valueFeature('string'),
  }
}

function imageColumn(pictures: readonly Uint8Array[]): SetColumn {
  const digits = String(Math.max(0, pictures.length - 1)).length
  return {
    column: structColumn('image', [
      { element: { name: 'bytes', type: 'BYTE_ARRAY' }, value: (row) => pictures[row] },
      { element: textElement('path'), value: (row) => `point-${String(row).padStart(digits, '0')}.png` },
    ]),
    feature: { _type: 'Image' },
  }
}

function valueFeature(dtype: Storage | 'string'): object {
  return { _type: 'Value', dtype }
}
