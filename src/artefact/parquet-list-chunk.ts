import type { ColumnChunk, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js'
import type { FloatArray } from '#core/matrix'

/** Levels of a list with no nulls: the first value of a row repeats nothing, and every value is defined all the way. */
const first = 0
const later = 1
const defined = 3

/**
 * Writes one column chunk of a single uncompressed page: lists of equal length, whose values are copied as they lie in
 * memory. The library's `writeColumn` gives the same bytes, value by value, in ten times the time.
 * @param path the list, its repeated group and its element
 * @param values row-major, at least one
 * @param length values in a list
 */
export function writeListChunk(
  writer: ByteWriter,
  path: readonly SchemaElement[],
  values: FloatArray,
  length: number,
): ColumnChunk {
  const start = writer.offset
  const levels = new ByteWriter()
  const repetition = new Uint8Array(values.length).fill(later)
  for (let at = 0; at < values.length; at += length) repetition[at] = first
  const repetitionBytes = writeRleBitPackedHybrid(levels, repetition, 1)
  const definitionBytes = writeRleBitPackedHybrid(levels, new Uint8Array(values.length).fill(defined), 2)
  const size = levels.offset + values.byteLength
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: size,
    compressed_page_size: size,
    data_page_header_v2: {
      num_values: values.length,
      num_nulls: 0,
      num_rows: values.length / length,
      encoding: 'PLAIN',
      definition_levels_byte_length: definitionBytes,
      repetition_levels_byte_length: repetitionBytes,
      is_compressed: true,
    },
  })
  writer.appendBytes(levels.getBytes())
  writer.appendBytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  const written = BigInt(writer.offset - start)
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: values instanceof Float32Array ? 'FLOAT' : 'DOUBLE',
      encodings: ['PLAIN'],
      path_in_schema: path.map(({ name }) => name),
      codec: 'UNCOMPRESSED',
      num_values: BigInt(values.length),
      total_compressed_size: written,
      total_uncompressed_size: written,
      data_page_offset: BigInt(start),
    },
  }
}
