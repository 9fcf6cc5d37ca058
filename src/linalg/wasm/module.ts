import { runsInNode } from './capabilities.ts'

/** How the kernels were built: `relaxed` fuses multiplication and addition where the machine can. */
export type Build = 'simd' | 'relaxed'

/** The compiled kernels; one binary serves both kinds of memory. */
export async function loadModule(build: Build, sharedMemory: boolean): Promise<WebAssembly.Module> {
  // Bundlers find the files by these literal URLs.
  const url =
    build === 'relaxed'
      ? new URL('./kernels-relaxed.wasm', import.meta.url)
      : new URL('./kernels-simd.wasm', import.meta.url)
  const bytes = await readWasm(url)
  if (sharedMemory) declareShared(bytes)
  return WebAssembly.compile(bytes)
}

/** A binary that lies beside the code, in Node and in a page. */
export async function readWasm(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  if (runsInNode()) {
    const { readFile } = globalThis.process.getBuiltinModule('node:fs/promises')
    return Uint8Array.from(await readFile(url))
  }
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url.pathname}: HTTP status ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

/** The import of env.memory: its two names, the kind "memory", then the flags of its limits. */
const memoryImport = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2]
const withMaximum = 1
const withMaximumAndShared = 3

/** Whether a module's memory is shared is one bit of its import; nothing else in the code depends on it. */
function declareShared(bytes: Uint8Array): void {
  const start = bytes.subarray(0, 4096)
  const at = start.findIndex((_, i) => memoryImport.every((byte, k) => start[i + k] === byte))
  const flags = at + memoryImport.length
  if (at < 0 || bytes[flags] !== withMaximum)
    throw new Error('the kernels do not import their memory as expected')
  bytes[flags] = withMaximumAndShared
}
