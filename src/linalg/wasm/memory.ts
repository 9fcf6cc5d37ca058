import { pageBytes } from './instance.ts'

/** 4 GiB, then what an engine with less address space may grant. */
const maxima = [65536, 32768, 16384, 8192]

/** An empty memory that can grow as far as the engine allows. */
export function createMemory(shared: boolean): WebAssembly.Memory {
  let refused: unknown
  for (const maximum of maxima) {
    try {
      return new WebAssembly.Memory({ initial: 2, maximum, shared })
    } catch (error) {
      refused = error
    }
  }
  throw new Error('the engine grants no WebAssembly memory', { cause: refused })
}

/** False where the memory cannot hold so many bytes. */
export function growTo(memory: WebAssembly.Memory, bytes: number): boolean {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / pageBytes)
  if (missing <= 0) return true
  try {
    memory.grow(missing)
    return true
  } catch {
    return false
  }
}
