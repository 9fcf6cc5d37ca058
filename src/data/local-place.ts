import { RetortError } from '#core/errors'
import { nearest } from '#core/nearest'
import { truncated } from './faults.ts'
import type { Place, Source } from './source.ts'

/** Deep enough for any dataset, shallow enough to end where links run in a circle. */
const deepest = 8
const mostFiles = 5_000_000

/** Files that accompany data and hold none. */
const ignored =
  /^\.|^__MACOSX$|^(readme|licen[cs]e|copying|notice|changelog|md5sums|sha256sums)\b|\.(md|names)$/i

/**
 * A local file, or a folder with its subfolders: dotfiles, README, LICENSE, checksum lists and UCI `.names` files are
 * passed over, links are followed. Sizes are looked up when asked for, so that a folder of a million images opens fast.
 * @throws RetortError `data/not-found`, `data/unreadable`, `data/too-many-files`
 */
export async function localPlace(path: string): Promise<Place> {
  const { fs, paths } = nodeFiles()
  const information = await fs.promises.stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  if (!information.isDirectory()) return { path, files: [localSource(path, paths.basename(path))] }
  const names: string[] = []
  await list(path, '', 0, names)
  return { path, files: names.sort(byName).map((name) => localSource(paths.join(path, name), name)) }
}

/** The files beside a local file, itself excluded. */
export async function siblingsOf(path: string): Promise<Source[]> {
  const { fs, paths } = nodeFiles()
  const folder = paths.dirname(path)
  const entries = await fs.promises.readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && !ignored.test(entry.name) && entry.name !== paths.basename(path))
    .map((entry) => localSource(paths.join(folder, entry.name), entry.name))
    .sort((a, b) => byName(a.name, b.name))
}

/** The local file of that name, looked for in a folder first where one is given; undefined where there is none. */
export function findLocalFile(name: string, folder?: string): Source | undefined {
  const { fs, paths } = nodeFiles()
  const candidates = folder === undefined ? [name] : [paths.resolve(folder, name), name]
  const path = candidates.find((candidate) => fs.statSync(candidate, { throwIfNoEntry: false })?.isFile())
  return path === undefined ? undefined : localSource(path, name)
}

/** One local file. It is opened for each slice, so that no handle outlives its use; a slice is large. */
export function localSource(path: string, name: string): Source {
  const { fs } = nodeFiles()
  let size: number | undefined
  const byteLength = () => {
    try {
      return (size ??= fs.statSync(path).size)
    } catch (cause) {
      throw unreadable(path, cause)
    }
  }
  return {
    name,
    get byteLength() {
      return byteLength()
    },
    async slice(start, end) {
      const from = Math.min(Math.max(0, start), byteLength())
      const length = Math.max(0, Math.min(end, byteLength()) - from)
      // Not zeroed and not pooled: the buffer is filled entirely and is its caller's.
      const bytes = Buffer.allocUnsafeSlow(length)
      const file = await fs.promises.open(path).catch((cause: unknown) => {
        throw unreadable(path, cause)
      })
      try {
        for (let done = 0; done < length;) {
          const { bytesRead } = await file.read(bytes, done, length - done, from + done)
          if (bytesRead === 0)
            throw truncated(name, from + length, from + done, 'its size when it was opened')
          done += bytesRead
        }
      } catch (cause) {
        throw cause instanceof RetortError ? cause : unreadable(path, cause)
      } finally {
        await file.close()
      }
      return bytes.buffer
    },
  }
}

async function list(root: string, folder: string, depth: number, names: string[]): Promise<void> {
  const { fs, paths } = nodeFiles()
  const here = paths.join(root, folder)
  const entries = await fs.promises.readdir(here, { withFileTypes: true }).catch((cause: unknown) => {
    throw unreadable(here, cause)
  })
  for (const entry of entries) {
    if (ignored.test(entry.name)) continue
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`
    const kind = entry.isSymbolicLink()
      ? await fs.promises.stat(paths.join(root, name)).catch(() => undefined)
      : entry
    if (kind?.isFile()) names.push(name)
    else if (kind?.isDirectory() && depth < deepest) await list(root, name, depth + 1, names)
    if (names.length > mostFiles) {
      throw new RetortError({
        code: 'data/too-many-files',
        message: `${root} holds more than ${mostFiles} files`,
        hint: 'Give the folder of one dataset, or pack the examples into Parquet shards.',
        path: root,
      })
    }
  }
}

function unreadable(path: string, cause: unknown): RetortError {
  const { fs, paths } = nodeFiles()
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  if (reason !== 'ENOENT' && reason !== 'ENOTDIR') {
    return new RetortError({
      code: 'data/unreadable',
      message: `${path} cannot be read (${reason})`,
      hint:
        reason === 'EACCES' ? `Allow reading: chmod -R u+r '${path}'` : 'Check the path and its file system.',
      path,
      values: { reason },
      cause,
    })
  }
  let folder = paths.dirname(paths.resolve(path))
  let wanted = paths.basename(path)
  while (!fs.existsSync(folder)) {
    wanted = paths.basename(folder)
    folder = paths.dirname(folder)
  }
  const near = nearest(wanted, fs.readdirSync(folder))
  return new RetortError({
    code: 'data/not-found',
    message: `there is no ${path}`,
    hint: near
      ? `Did you mean ${paths.join(folder, near)}?`
      : `Give the path of a file or a folder; see: ls '${folder}'`,
    path,
    values: { nearest: near ?? null },
    cause,
  })
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The file system, reached so that this file also loads in a browser. */
function nodeFiles() {
  const process = globalThis.process
  if (typeof process?.getBuiltinModule !== 'function') {
    throw new RetortError({
      code: 'data/unreadable',
      message: 'there is no file system here',
      hint: 'In a browser give a File (blobSource) or a URL (urlSource).',
    })
  }
  return { fs: process.getBuiltinModule('node:fs'), paths: process.getBuiltinModule('node:path') }
}
