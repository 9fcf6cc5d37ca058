import type { Dataset } from '#core/dataset'
import { RetortError } from '#core/errors'
import { formats } from './formats/index.ts'
import type { Format, OpenOptions } from './formats/format.ts'
import { findLocalFile, localPlace, siblingsOf } from './local-place.ts'
import { familyOf, kindOf, roleOf, some } from './pairing.ts'
import type { Place, Source } from './source.ts'

const archive = /\.(tar|tgz|tar\.\w+|zip|7z)$/i

/**
 * Opens a dataset by path: a file, a folder, or an `http(s)` URL of one file.
 * The format and the train/test pairing are recognised; `options` override.
 * @throws RetortError `data/not-found` and `data/unreadable` (path), `data/empty`, `data/unknown-format`, and what the
 * format throws
 */
export async function openDataset(path: string, options: OpenOptions = {}): Promise<Dataset> {
  if (/^https?:\/\//i.test(path)) {
    const { urlSource } = await import('./web-source.ts')
    return openPlace({ path, files: [await urlSource(path)] }, options)
  }
  const isFile = findLocalFile(path) !== undefined
  const place = await localPlace(path)
  const completed = isFile ? await withCompanions(place, options) : { place, options }
  const { files } = completed.place
  const { train, test, labels, testLabels } = completed.options
  const elsewhere = [train, test, labels, testLabels]
    .filter((name) => name !== undefined && !files.some((file) => file.name === name))
    .flatMap((name) => findLocalFile(name ?? '', isFile ? undefined : path) ?? [])
  return openPlace({ path, files: [...files, ...elsewhere] }, completed.options)
}

/**
 * Opens what a place holds; for sources that are no local path (browser files, URLs).
 * @throws RetortError as `openDataset` does
 */
export async function openPlace(place: Place, options: OpenOptions = {}): Promise<Dataset> {
  const format = await recognise(place)
  options.signal?.throwIfAborted()
  return format.open(place, options)
}

/** The first format of the table that claims the place; those whose usual names occur are asked first. */
async function recognise(place: Place): Promise<Format> {
  if (place.files.length === 0 || (place.files.length === 1 && place.files[0].byteLength === 0)) {
    throw new RetortError({
      code: 'data/empty',
      message:
        place.files.length === 0 ? `${place.path} holds no data files` : `${place.path} is empty (0 bytes)`,
      hint: 'Give a file or a folder that holds a dataset.',
      path: place.path,
    })
  }
  if (place.files.every(({ name }) => archive.test(name))) throw await unknownFormat(place)
  const usual = formats.filter(({ names }) => place.files.some(({ name }) => names.test(name)))
  const others = formats.filter((row) => !usual.includes(row))
  for (const row of [...usual, ...others]) {
    const format = await row.load()
    if (await format.matches(place)) return format
  }
  throw await unknownFormat(place)
}

/**
 * A single file with the files beside it that belong to the same dataset by their names: labels, and the test split of
 * a training file (`adult.data` brings `adult.test`).
 */
async function withCompanions(
  place: Place,
  options: OpenOptions,
): Promise<{ place: Place; options: OpenOptions }> {
  const [file] = place.files
  const role = roleOf(file.name)
  const belongs = ({ name }: Source) =>
    familyOf(name) === familyOf(file.name) &&
    (roleOf(name) === role ? kindOf(name) === 'labels' : role === 'train' && roleOf(name) !== undefined)
  const companions = (await siblingsOf(place.path)).filter(belongs)
  if (companions.length === 0) return { place, options }
  return {
    place: { path: place.path, files: [file, ...companions] },
    options: { ...options, train: options.train ?? file.name },
  }
}

async function unknownFormat(place: Place): Promise<RetortError> {
  const counts = new Map<string, number>()
  for (const { name } of place.files) {
    const extension = /\.[^./]+$/.exec(name)?.[0] ?? 'no extension'
    counts.set(extension, (counts.get(extension) ?? 0) + 1)
  }
  const seen = [...counts].sort((a, b) => b[1] - a[1]).map(([extension, count]) => `${count} × ${extension}`)
  const known = await Promise.all(formats.map(async (row) => (await row.load()).title))
  const packed = place.files.find(({ name }) => archive.test(name))
  return new RetortError({
    code: 'data/unknown-format',
    message: `${place.path} is in no format that Retort reads; it holds ${some(seen)}`,
    hint: packed
      ? `Unpack it first: ${packed.name.endsWith('.zip') ? 'unzip' : 'tar -xf'} ${packed.name}`
      : `Known formats: ${known.join(', ')}.`,
    path: place.path,
    values: { files: place.files.length },
  })
}
