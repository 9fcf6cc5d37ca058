import type { Dataset } from '#core/dataset'
import { contentOf } from '../content.ts'
import { datasetName } from '../dataset-name.ts'
import { pairSplits } from '../pairing.ts'
import type { Place, Source } from '../source.ts'
import { byteWindow } from './byte-window.ts'
import { csvDialect } from './csv-dialect.ts'
import { csvTable } from './csv-table.ts'
import type { Format, OpenOptions } from './format.ts'
import { tableDataset } from './table-dataset.ts'
import { textDictionary } from './table.ts'

const tables = /\.(csv|tsv|tab|txt|data|test|tra|tes|trn|tst)(\.gz)?$/i

/** Delimited text: comma, semicolon, tab or bar; with or without header; one file, a train/test pair, or shards. */
export const csv: Format = {
  id: 'csv',
  title: 'CSV, TSV and other delimited text',

  async matches(place) {
    const files = textFiles(place)
    if (files.length === 0) return false
    const bytes = new Uint8Array(await files[0].slice(0, 64))
    const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b
    return gzipped || bytes.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13)
  },

  open: openCsv,
}

async function openCsv(place: Place, options: OpenOptions): Promise<Dataset> {
  const { train, test, notes } = pairSplits(textFiles(place), options)
  const trainFiles = await windows(train)
  const testFiles = await windows(test)
  const dialect = await csvDialect(trainFiles[0], options.header)
  const dictionaries = dialect.names.map(() => textDictionary())
  const testTable = test.length > 0 ? csvTable(testFiles, await testDialect(), dictionaries) : undefined
  const classColumn = dialect.names.at(-1)
  const dataset = await tableDataset(csvTable(trainFiles, dialect, dictionaries), testTable, {
    ...options,
    name: datasetName(place.path),
    source: { path: place.path, files: [...train, ...test].map(({ name }) => name) },
    named: dialect.named,
    classNames: new Map(dialect.classNames && classColumn ? [[classColumn, dialect.classNames]] : []),
    notes,
  })
  const { announcedRows = dataset.splits.train.count } = dialect
  if (announcedRows === dataset.splits.train.count) return dataset
  const found = `the first line of ${train[0].name} announces ${announcedRows} rows; it has ${dataset.splits.train.count}`
  return { ...dataset, notes: [...dataset.notes, found] }

  /** The test file has the columns of the training file, but may have remarks of its own and lack the header. */
  async function testDialect() {
    const own = await csvDialect(testFiles[0], options.header)
    return { ...own, names: dialect.names }
  }
}

/** Files with a usual name for tables; a single file under any name. */
function textFiles(place: Place): readonly Source[] {
  return place.files.filter(({ name }) => place.files.length === 1 || tables.test(name))
}

function windows(files: readonly Source[]) {
  return Promise.all(files.map(async (file) => byteWindow(await contentOf(file))))
}
