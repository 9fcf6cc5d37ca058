import type { ColumnChunk, SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { writeColumn } from 'hyparquet-writer/src/column.js'
import type { FloatArray } from '#core/matrix'
import { turn } from '#core/turn'
import { writeListChunk } from './parquet-list-chunk.ts'

const root = 'schema'

/** One primitive field: its way down from the column, and what writes its values of rows start..end. */
interface Leaf {
  readonly path: readonly SchemaElement[]
  write(writer: ByteWriter, start: number, end: number): ColumnChunk
}

/** A column of a table whose values are never null, though its schema allows it, as Arrow writes it. */
export interface TableColumn {
  readonly name: string
  readonly leaves: readonly Leaf[]
}

/** Values in a row group: few enough to encode between two turns of the event loop, in bounded memory. */
const groupValues = 1 << 17

/**
 * The bytes of a Parquet file, uncompressed and without statistics: the values that are stored here hardly compress,
 * and plain ones open everywhere. The library's writer is given whole columns, because its way by rows visits every
 * element of a list: it takes ten times as long and many times the memory.
 * @param rows number of rows
 * @param width values in a row, which decides the size of row groups
 */
export async function encodeParquet(
  columns: readonly TableColumn[],
  rows: number,
  width: number,
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = new ByteWriter()
  const file = new ParquetWriter({
    writer,
    schema: [
      { name: root, num_children: columns.length },
      ...columns.flatMap(({ leaves }) => schemaOf(leaves)),
    ],
    createdBy: 'retort',
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  })
  const step = Math.max(1, Math.floor(groupValues / width))
  for (let start = 0; start < rows; start += step) {
    const end = Math.min(start + step, rows)
    const from = writer.offset
    const chunks = columns.flatMap(({ leaves }) => leaves.map(({ write }) => write(writer, start, end)))
    file.row_groups.push({
      columns: chunks,
      num_rows: BigInt(end - start),
      total_byte_size: chunks.reduce(
        (sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n),
        0n,
      ),
      total_compressed_size: BigInt(writer.offset - from),
    })
    file.num_rows += BigInt(end - start)
    await turn()
  }
  file.finish()
  return new Uint8Array(writer.getBuffer())
}

/** Numbers or texts, one for each row. */
export function plainColumn(element: SchemaElement, value: (row: number) => unknown): TableColumn {
  return { name: element.name, leaves: [plainLeaf([optional(element)], value)] }
}

/** A struct of primitive fields. */
export function structColumn(
  name: string,
  fields: readonly { element: SchemaElement; value: (row: number) => unknown }[],
): TableColumn {
  const struct = optional({ name, num_children: fields.length })
  return { name, leaves: fields.map(({ element, value }) => plainLeaf([struct, optional(element)], value)) }
}

/** Lists of equal length: rows of a row-major matrix. */
export function listColumn(name: string, data: FloatArray, length: number): TableColumn {
  const path: SchemaElement[] = [
    optional({ name, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } }),
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    optional({ name: 'element', type: data instanceof Float32Array ? 'FLOAT' : 'DOUBLE' }),
  ]
  return {
    name,
    leaves: [
      {
        path,
        write: (writer, start, end) =>
          writeListChunk(writer, path, data.subarray(start * length, end * length), length),
      },
    ],
  }
}

export function textElement(name: string): SchemaElement {
  return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
}

function plainLeaf(path: readonly SchemaElement[], value: (row: number) => unknown): Leaf {
  const column = {
    columnName: path.map(({ name }) => name).join('.'),
    element: path[path.length - 1],
    schemaPath: [{ name: root }, ...path],
    codec: 'UNCOMPRESSED' as const,
    compressors: {},
    stats: false,
    pageSize: 0,
    columnIndex: false,
    offsetIndex: false,
    // A dictionary would merge 0 and −0.
    encoding: 'PLAIN' as const,
  }
  return {
    path,
    write: (writer, start, end) => {
      const values = Array.from({ length: end - start }, (_, i) => value(start + i))
      // Values that are all there: every definition level is the highest.
      const definitionLevels = new Array<number>(values.length).fill(path.length)
      const pageData = { values, definitionLevels, repetitionLevels: [], maxDefinitionLevel: path.length }
      return writeColumn({ writer, column, pageData }).chunk
    },
  }
}

function optional(element: SchemaElement): SchemaElement {
  return { ...element, repetition_type: 'OPTIONAL' }
}

/** The elements in the order of the file: a struct stands once, before its fields. */
function schemaOf(leaves: readonly Leaf[]): SchemaElement[] {
  return [...new Set(leaves.flatMap(({ path }) => path))]
}
