import type { SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeColumn } from 'hyparquet-writer/src/column.js'
import { expect, test } from 'vitest'
import { writeListChunk } from '#artefact/parquet-list-chunk'
import type { FloatArray } from '#core/matrix'

function pathOf(values: FloatArray): SchemaElement[] {
  return [
    { name: 'x', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    {
      name: 'element',
      repetition_type: 'OPTIONAL',
      type: values instanceof Float32Array ? 'FLOAT' : 'DOUBLE',
    },
  ]
}

/** The same chunk from the library's writer, which is given every level. */
function byLibrary(writer: ByteWriter, values: FloatArray, length: number) {
  const path = pathOf(values)
  const column = {
    columnName: 'x.list.element',
    element: path[2],
    schemaPath: [{ name: 'schema' }, ...path],
    codec: 'UNCOMPRESSED' as const,
    compressors: {},
    stats: false,
    pageSize: 0,
    columnIndex: false,
    offsetIndex: false,
    encoding: 'PLAIN' as const,
  }
  const pageData = {
    values,
    definitionLevels: new Array<number>(values.length).fill(3),
    repetitionLevels: Array.from(values, (_, i) => (i % length === 0 ? 0 : 1)),
    maxDefinitionLevel: 3,
  }
  return writeColumn({ writer, column, pageData }).chunk
}

const shapes = [1, 2, 7, 8, 9, 100].flatMap((rows) =>
  [1, 2, 7, 8, 9, 15, 16, 17, 784].map((length) => [rows, length]),
)

test.each(shapes)('%i lists of %i values are the bytes of the library’s own writer', (rows, length) => {
  const numbers = Array.from({ length: (rows + 1) * length }, (_, i) => Math.sin(i))
  for (const whole of [Float32Array.from(numbers), Float64Array.from(numbers)]) {
    // A part of a larger array, behind something that was written before.
    const values = whole.subarray(length)
    values[0] = -0
    const [own, other] = [new ByteWriter(), new ByteWriter()]
    for (const writer of [own, other]) writer.appendUint32(0x31524150)
    const chunk = writeListChunk(own, pathOf(values), values, length)
    expect(chunk).toEqual(byLibrary(other, values, length))
    expect(Buffer.from(own.getBytes()).equals(Buffer.from(other.getBytes()))).toBe(true)
  }
})
