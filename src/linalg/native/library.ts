import { readFileSync } from 'node:fs'
import koffi from 'koffi'
import type { LibraryHandle } from 'koffi'
import { ProviderUnavailable } from '#linalg/provider'

/** A loaded BLAS/LAPACK with its thread count fixed. */
export interface Library {
  readonly handle: LibraryHandle
  readonly description: string
  readonly threads: number
}

/** Names that the dynamic loader resolves, best first. */
const candidates: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['libopenblasp.so.0', 'libopenblas.so.0', 'libopenblas.so.3', 'libopenblas.so'],
  darwin: [
    '/System/Library/Frameworks/Accelerate.framework/Accelerate',
    '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
    '/usr/local/opt/openblas/lib/libopenblas.dylib',
  ],
  win32: ['libopenblas.dll', 'openblas.dll'],
}

/**
 * Calls run on a stack that koffi allocates, 128 KiB unless told otherwise; LAPACK keeps block-sized arrays there.
 */
const stackBytes = 8 * 2 ** 20

/**
 * Loads the library named by RETORT_BLAS_LIBRARY, else the first usual one.
 * @throws ProviderUnavailable when there is none
 */
export function openLibrary(threads: number): Library {
  reserveStack()
  const wanted = process.env.RETORT_BLAS_LIBRARY
  const names = wanted ? [wanted] : (candidates[process.platform] ?? [])
  const failures: string[] = []
  for (const name of names) {
    // Accelerate reads this once, at its first call.
    if (name.endsWith('/Accelerate')) process.env.VECLIB_MAXIMUM_THREADS = String(threads)
    try {
      return describe(koffi.load(name), name, threads)
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new ProviderUnavailable(
    'native',
    wanted
      ? `RETORT_BLAS_LIBRARY is '${wanted}', which does not load: ${failures[0]}`
      : `no BLAS library was found (tried ${names.join(', ') || `none on ${process.platform}`})`,
  )
}

function reserveStack(): void {
  const { async_stack_size = 0 } = koffi.config()
  if (async_stack_size >= stackBytes) return
  try {
    koffi.config({ async_stack_size: stackBytes, sync_stack_size: stackBytes })
  } catch (cause) {
    throw new ProviderUnavailable('native', 'another user of koffi fixed too small a stack', { cause })
  }
}

function describe(handle: LibraryHandle, name: string, threads: number): Library {
  const setThreads = find(handle, 'openblas_set_num_threads', 'void', ['int'])
  if (!setThreads) {
    const isAccelerate = name.endsWith('/Accelerate')
    return {
      handle,
      description: isAccelerate ? `Accelerate, ${name}` : name,
      threads: isAccelerate ? threads : 1,
    }
  }
  setThreads(threads)
  const actual = find(handle, 'openblas_get_num_threads', 'int', [])?.() ?? threads
  const config: string = find(handle, 'openblas_get_config', 'str', [])?.() ?? 'OpenBLAS'
  const core: string = find(handle, 'openblas_get_corename', 'str', [])?.() ?? 'unknown core'
  const version = config.match(/OpenBLAS \S+/)?.[0] ?? 'OpenBLAS'
  return { handle, description: `${version} (${core}), ${resolvedPath() ?? name}`, threads: actual }
}

function find(handle: LibraryHandle, name: string, result: string, parameters: string[]) {
  try {
    return handle.func(name, result, parameters)
  } catch {
    return undefined
  }
}

/** Where the loader found OpenBLAS; Linux only. */
function resolvedPath(): string | undefined {
  try {
    return readFileSync('/proc/self/maps', 'utf8').match(/\/\S*libopenblas\S*/)?.[0]
  } catch {
    return undefined
  }
}
