import { readFileSync } from 'node:fs'
import koffi from 'koffi'
import type { LibraryHandle } from 'koffi'
import { ProviderUnavailable } from '#linalg/provider'
import type { Lane, ThreadControl } from './lane.ts'
import { betterKernels, readCpuinfo } from './kernels-of-cpu.ts'
import { createLane } from './lane.ts'
import type { Routines } from './routines.ts'
import { bindRoutines } from './routines.ts'

/** A loaded BLAS and LAPACK. */
export interface Library {
  readonly description: string
  readonly float32: Routines
  readonly float64: Routines
  readonly lane: Lane
}

const accelerate = '/System/Library/Frameworks/Accelerate.framework/Accelerate'

/** Names that the dynamic loader resolves, best first. Fedora's libopenblas.so.0 is the serial build. */
const candidates: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['libopenblasp.so.0', 'libopenblas.so.0', 'libopenblas.so.3', 'libopenblas.so'],
  darwin: [
    accelerate,
    '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
    '/usr/local/opt/openblas/lib/libopenblas.dylib',
  ],
  win32: ['libopenblas.dll', 'openblas.dll'],
}

/** Calls run on a stack that koffi allocates, by default 128 KiB; LAPACK keeps block-sized arrays on it. */
const stackBytes = 8 * 2 ** 20

/**
 * How long OpenBLAS's threads spin for their next call before they sleep, as a power of two of processor cycles. Its own
 * choice of 2²⁶ (20 ms) takes a core away from whatever is done between two products; waking one takes microseconds.
 */
const spinning = '14'

const opened = new Map<string, Library>()

/**
 * The library named by RETORT_BLAS_LIBRARY, else the first usual one that has every routine.
 * @throws ProviderUnavailable when there is none
 */
export function openLibrary(threads: number): Library {
  const wanted = process.env.RETORT_BLAS_LIBRARY
  const names = wanted ? [wanted] : (candidates[process.platform] ?? [])
  const failures: string[] = []
  for (const name of names) {
    try {
      const library = opened.get(name) ?? load(name, threads)
      opened.set(name, library)
      return library
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new ProviderUnavailable('native', reasonOf(wanted, names, failures))
}

function reasonOf(wanted: string | undefined, names: readonly string[], failures: readonly string[]): string {
  if (wanted) return `RETORT_BLAS_LIBRARY is '${wanted}', which cannot be used: ${failures[0]}`
  if (names.length === 0) return `no system BLAS is known for ${process.platform}`
  // A library that is there but unfit says more than one that is not there.
  const unfit = failures.find((failure) => failure.startsWith('it lacks'))
  if (unfit) return `the system's BLAS cannot be used: ${unfit}`
  return `no system BLAS was found (looked for ${names.join(', ')})`
}

function load(name: string, threads: number): Library {
  reserveStack()
  // Accelerate reads this once, at its first call.
  if (name === accelerate) process.env.VECLIB_MAXIMUM_THREADS ??= String(threads)
  process.env.OPENBLAS_THREAD_TIMEOUT ??= spinning
  const handle = loadWithBestKernels(name)
  return {
    float32: bindRoutines(handle, 'float32'),
    float64: bindRoutines(handle, 'float64'),
    lane: createLane(threadControl(handle, name)),
    description: describe(handle, name),
  }
}

function loadWithBestKernels(name: string): LibraryHandle {
  const handle = koffi.load(name)
  if (process.env.OPENBLAS_CORETYPE) return handle
  const better = betterKernels(coreOf(handle) ?? '', readCpuinfo())
  if (!better) return handle
  // It chooses once, when it is loaded.
  handle.unload()
  process.env.OPENBLAS_CORETYPE = better
  try {
    return koffi.load(name)
  } finally {
    delete process.env.OPENBLAS_CORETYPE
  }
}

function coreOf(handle: LibraryHandle): string | undefined {
  const name = find(handle, 'openblas_get_corename', 'str', [])?.()
  return name === undefined ? undefined : String(name)
}

function reserveStack(): void {
  const { async_stack_size = 0 } = koffi.config()
  if (async_stack_size >= stackBytes) return
  try {
    koffi.config({ async_stack_size: stackBytes, sync_stack_size: stackBytes })
  } catch {
    throw new Error('koffi is in use with too small a stack for LAPACK')
  }
}

function threadControl(handle: LibraryHandle, name: string): ThreadControl {
  const set = find(handle, 'openblas_set_num_threads', 'void', ['int'])
  const get = find(handle, 'openblas_get_num_threads', 'int', [])
  if (set && get) return { adjustable: true, set: (threads) => void set(threads), get: () => Number(get()) }
  const fixed = name === accelerate ? Number(process.env.VECLIB_MAXIMUM_THREADS) : 1
  return { adjustable: false, set: () => undefined, get: () => fixed }
}

function describe(handle: LibraryHandle, name: string): string {
  if (name === accelerate) return `Accelerate, ${name}`
  const config = find(handle, 'openblas_get_config', 'str', [])?.()
  if (config === undefined) return name
  const version = String(config).match(/OpenBLAS \S+/)?.[0] ?? 'OpenBLAS'
  return `${version} (${coreOf(handle) ?? 'unknown core'}), ${resolvedPath() ?? name}`
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
    return readFileSync('/proc/self/maps', 'utf8').match(/\/\S*openblas\S*\.so\S*/)?.[0]
  } catch {
    return undefined
  }
}
