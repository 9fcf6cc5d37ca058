import type { Dataset } from '#core/dataset'
import { RetortError } from '#core/errors'
import { datasetName } from '../dataset-name.ts'
import { pairSplits } from '../pairing.ts'
import type { Place } from '../source.ts'
import type { Format, OpenOptions } from './format.ts'
import { imageDataset } from './image-dataset.ts'
import { openParquetFile } from './parquet-file.ts'
import { imageColumn, parquetImages } from './parquet-images.ts'
import { parquetColumns, parquetTable } from './parquet-table.ts'
import { tableDataset, tableTargets } from './table-dataset.ts'
import { textDictionary } from './table.ts'

const parquetNames = /\.(parquet|pq)$/i

/** Parquet: columns of numbers, texts or lists of numbers, or the image columns of Hugging Face datasets. */
export const parquet: Format = {
  id: 'parquet',
  title: 'Parquet',
  async matches(place) {
    const [file] = place.files.filter(({ name }) => place.files.length === 1 || parquetNames.test(name))
    if (!file) return false
    return parquetNames.test(file.name) || new TextDecoder().decode(await file.slice(0, 4)) === 'PAR1'
  },
  open: openParquet,
}

async function openParquet(place: Place, options: OpenOptions): Promise<Dataset> {
  const sources = place.files.filter(({ name }) => place.files.length === 1 || parquetNames.test(name))
  const { train, test, notes } = pairSplits(sources, options)
  const trainFiles = await Promise.all(train.map(openParquetFile))
  const testFiles = await Promise.all(test.map(openParquetFile))
  const images = await imageColumn(trainFiles[0])
  const usable = await parquetColumns(trainFiles[0])
  const columns = images === undefined ? usable : usable.filter(({ kind }) => kind !== 'list')
  if (columns.length === 0) throw noColumns(place.path, images)
  const unused = trainFiles[0].columns.filter(
    ({ name }) => name !== images && !columns.some((c) => c.name === name),
  )
  const dictionaries = columns.map(() => textDictionary())
  const trainTable = parquetTable(trainFiles, columns, dictionaries)
  const testTable = testFiles.length > 0 ? parquetTable(testFiles, columns, dictionaries) : undefined
  const context = {
    ...options,
    name: datasetName(place.path),
    source: { path: place.path, files: [...train, ...test].map(({ name }) => name) },
    named: true,
    classNames: new Map(columns.flatMap(({ name, classNames }) => (classNames ? [[name, classNames]] : []))),
    notes: [
      ...notes,
      ...unused.map(({ name }) => `column "${name}" was left out: its type is not one that Retort reads`),
    ],
  }
  if (images === undefined) return tableDataset(trainTable, testTable, context)
  const targets = await tableTargets(trainTable, testTable, context)
  const split = (files: typeof trainFiles, { rows, values }: typeof targets.train) =>
    parquetImages(files, images, rows, values)
  return imageDataset(split(trainFiles, targets.train), targets.test && split(testFiles, targets.test), {
    name: context.name,
    target: targets.plan.target,
    source: context.source,
    notes: [...context.notes, ...targets.notes],
  })
}

function noColumns(path: string, images: string | undefined): RetortError {
  const found =
    images === undefined
      ? 'no column that Retort can use'
      : `images in "${images}" but no column for a target`
  return new RetortError({
    code: 'data/no-inputs',
    message: `${path} has ${found}`,
    hint: 'Write the table with numbers, texts or lists of numbers, and a target column.',
    path,
  })
}
