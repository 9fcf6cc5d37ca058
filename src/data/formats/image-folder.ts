import type { Dataset } from '#core/dataset'
import { RetortError } from '#core/errors'
import { outOfRange } from '../classes.ts'
import { datasetName } from '../dataset-name.ts'
import { roleOf, some, type Role } from '../pairing.ts'
import type { Place, Source } from '../source.ts'
import type { Format, OpenOptions } from './format.ts'
import { imageDataset, type LabelledImages } from './image-dataset.ts'

const imageNames = /\.(png|jpe?g|webp)$/i

/** `CLASS/image.png`, or `train/CLASS/image.png` beside `test/CLASS/image.png`; PNG, JPEG and WebP. */
export const imageFolder: Format = {
  id: 'image-folder',
  title: 'Folder of images by class (PNG, JPEG, WebP)',
  async matches(place) {
    const images = place.files.filter(({ name }) => imageNames.test(name)).length
    return images > 0 && images * 2 > place.files.length
  },
  open: openImageFolder,
}

/** An image file and what its folders say of it. */
interface FolderImage {
  readonly source: Source
  readonly className: string
  readonly role: Role | undefined
}

async function openImageFolder(place: Place, options: OpenOptions): Promise<Dataset> {
  if (options.targetKind === 'real') throw realTarget()
  const images = place.files.filter(({ name }) => imageNames.test(name)).map(folderImage)
  const withRole = (role: Role | undefined) => images.filter((image) => image.role === role)
  const inFolder = (folder: string, flag: string) => {
    const prefix = `${folder.replace(/^\.\//, '').replace(/\/+$/, '')}/`
    const found = images.filter(({ source }) => source.name.startsWith(prefix))
    if (found.length === 0) throw noSuchFolder(folder, flag, images)
    return found
  }
  const notes: string[] = []
  let train = options.train === undefined ? withRole('train') : inFolder(options.train, '--train')
  if (train.length === 0) train = withRole(undefined)
  if (train.length === 0) train = withRole('test')
  let test = options.test === undefined ? withRole('test') : inFolder(options.test, '--test')
  if (test.length === 0 && withRole('validation').length > 0) {
    test = withRole('validation')
    notes.push('the validation split serves as the test split')
  }
  if (test[0] === train[0]) test = []
  const names = [...new Set(train.map(({ className }) => className))].sort()
  if (names.length === 1) throw oneClass(place.path, names[0], train.length)
  return imageDataset(labelled(train, names), test.length > 0 ? labelled(test, names) : undefined, {
    name: datasetName(place.path),
    target: { kind: 'class', names },
    source: { path: place.path, files: foldersOf([...train, ...test]) },
    notes,
  })
}

/** The last folder is the class; a folder above it may name the split. */
function folderImage(source: Source): FolderImage {
  const folders = source.name.split('/').slice(0, -1)
  const className = folders.pop()
  if (className === undefined) {
    throw new RetortError({
      code: 'data/no-class-folder',
      message: `${source.name} lies in no folder that would name its class`,
      why: 'Images take their class from the folder that they lie in.',
      hint: 'Put the images of each class in a folder of its name: DATA/cat/1.png, DATA/dog/2.png, …',
      path: source.name,
    })
  }
  return { source, className, role: folders.map(roleOf).findLast((role) => role !== undefined) }
}

function labelled(images: readonly FolderImage[], names: readonly string[]): LabelledImages {
  const indices = new Map(names.map((name, index) => [name, index]))
  const targets = Int32Array.from(images, ({ source, className }, row) => {
    const index = indices.get(className)
    if (index === undefined) throw outOfRange(source.name, row, className, names)
    return index
  })
  return {
    count: images.length,
    targets,
    read: (indices) =>
      Promise.all(
        indices.map(async (index) => {
          const { source } = images[index]
          return { name: source.name, bytes: new Uint8Array(await source.slice(0, source.byteLength)) }
        }),
      ),
  }
}

/** The folders that were read, for there may be millions of files. */
function foldersOf(images: readonly FolderImage[]): string[] {
  return [...new Set(images.map(({ source }) => source.name.replace(/[^/]*$/, '')))]
}

function oneClass(path: string, name: string, count: number): RetortError {
  return new RetortError({
    code: 'data/one-class',
    message: `${path}: all ${count} images lie in the folder "${name}"`,
    why: 'With one class there is nothing to learn.',
    hint: 'Give a folder with one subfolder for each of at least two classes.',
    path,
    values: { classes: 1, count },
  })
}

function noSuchFolder(folder: string, flag: string, images: readonly FolderImage[]): RetortError {
  const folders = [...new Set(images.map(({ source }) => source.name.replace(/\/.*$/, '')))]
  return new RetortError({
    code: 'data/not-found',
    message: `${flag} ${folder}: there are no images in such a folder`,
    hint: `Give one of: ${some(folders)}`,
    path: folder,
    values: { flag },
  })
}

function realTarget(): RetortError {
  return new RetortError({
    code: 'usage/target-kind',
    message: 'the folder that an image lies in is a class and cannot be real-valued',
    hint: 'Leave out --target-kind, or give the images in a Parquet file with a numeric column.',
  })
}
