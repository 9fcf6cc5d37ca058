import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { RetortError } from '#core/errors'
import { sha256Hex } from '#core/hash'

/**
 * Writes a file so that its path holds the old content or the new, never a part: into a temporary file beside it,
 * synchronised to disk, then renamed. The folder is created where it is missing.
 * @param content whole, or in pieces in order
 * @throws RetortError `resource/disk-full`, `resource/io`, `usage/not-writable`
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  await withDiskFaults(path, async () => {
    const temporary = await temporaryBeside(path)
    try {
      const file = await open(temporary, 'wx')
      try {
        if (typeof content === 'string' || content instanceof Uint8Array) await file.writeFile(content)
        else for await (const piece of content) await file.writeFile(piece)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    await synchronise(dirname(path))
  })
}

/**
 * Fills a new folder and puts it in the place of `path` in one step: a reader finds the old folder or the new one. A
 * process killed between the two renames leaves the old folder beside; `recoverFolder` brings it back.
 * @param fill writes into the temporary folder whose path it is given
 * @throws RetortError `resource/disk-full`, `resource/io`, `usage/not-writable`, and what `fill` throws
 */
export async function writeFolderAtomically(
  path: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  await withDiskFaults(path, async () => {
    await recoverFolder(path)
    const temporary = await temporaryBeside(path)
    try {
      await mkdir(temporary)
      await fill(temporary)
      await replaceFolderAtomically(temporary, path)
    } catch (error) {
      await rm(temporary, { recursive: true, force: true })
      throw error
    }
  })
}

/**
 * Puts a finished folder in the place of another, which is removed; both must lie in the same folder. Every file is
 * synchronised to disk first.
 * @throws RetortError as `writeFolderAtomically` does
 */
export async function replaceFolderAtomically(temporary: string, path: string): Promise<void> {
  await withDiskFaults(path, async () => {
    await synchroniseTree(temporary)
    const parent = dirname(resolve(path))
    if (await exists(path)) {
      const retired = retiredName(path)
      await rm(retired, { recursive: true, force: true })
      await rename(path, retired)
      try {
        await rename(temporary, path)
      } catch (error) {
        await rename(retired, path)
        throw error
      }
      await synchronise(parent)
      await rm(retired, { recursive: true, force: true })
    } else {
      await rename(temporary, path)
      await synchronise(parent)
    }
  })
}

/** Brings back the folder that a killed `replaceFolderAtomically` had moved aside; does nothing otherwise. */
export async function recoverFolder(path: string): Promise<void> {
  const retired = retiredName(path)
  if (!(await exists(retired))) return
  if (await exists(path)) await rm(retired, { recursive: true, force: true })
  else await rename(retired, path)
}

/**
 * A path for temporary content beside `path`, which does not exist yet. Those that a killed process of this machine
 * left for the same path are removed.
 */
export async function temporaryBeside(path: string): Promise<string> {
  const parent = dirname(resolve(path))
  await mkdir(parent, { recursive: true })
  const stem = `.${basename(resolve(path))}.${sha256Hex(hostname()).slice(0, 8)}`
  for (const name of await readdir(parent)) {
    const writer = name.startsWith(`${stem}.`) ? /^\.(\d+)-\d+\.partial$/.exec(name.slice(stem.length)) : null
    if (writer && !isAlive(Number(writer[1]))) await rm(join(parent, name), { recursive: true, force: true })
  }
  return join(parent, `${stem}.${process.pid}-${++temporaries}.partial`)
}

let temporaries = 0

function retiredName(path: string): string {
  const absolute = resolve(path)
  return join(dirname(absolute), `.${basename(absolute)}.replaced`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

async function synchroniseTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? synchroniseTree(path) : synchronise(path)
    }),
  )
  await synchronise(folder)
}

/** Windows cannot open a folder, and some file systems cannot synchronise one; the rename is atomic there too. */
const unsynchronisable = new Set(['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP'])

async function synchronise(path: string): Promise<void> {
  try {
    const file = await open(path, 'r')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!unsynchronisable.has(codeOf(error) ?? '')) throw error
  }
}

/**
 * Turns the failures of a disk into errors that a user can act on.
 * @param path what is being written, for the message
 * @throws RetortError `resource/disk-full`, `resource/io`, `usage/not-writable`
 */
export async function withDiskFaults<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw faultOf(path, cause) ?? cause
  }
}

function faultOf(path: string, cause: unknown): RetortError | undefined {
  const code = codeOf(cause)
  if (code === undefined || cause instanceof RetortError) return undefined
  const values = { errno: code }
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new RetortError({
      code: 'resource/disk-full',
      message: `There is no room left to write ${path} (${code})`,
      why: 'What stood there before is untouched.',
      hint: 'Free some space, or choose another disk with -o.',
      path,
      values,
      cause,
    })
  }
  if (['EACCES', 'EPERM', 'EROFS', 'EISDIR', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG'].includes(code)) {
    return new RetortError({
      code: 'usage/not-writable',
      message: `${path} cannot be written (${code})`,
      hint: 'Choose another place with -o.',
      path,
      values,
      cause,
    })
  }
  return new RetortError({
    code: 'resource/io',
    message: `Writing ${path} failed (${code})`,
    why: 'What stood there before is untouched.',
    hint: 'Check the disk and run the same command again.',
    path,
    values,
    cause,
  })
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
