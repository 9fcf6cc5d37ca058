import { detectCapabilities } from './capabilities.ts'
import type { Build } from './module.ts'
import { readWasm } from './module.ts'

/** A list of numbers in a module's memory. */
export interface TileRoom {
  readonly address: number
  /** Good until the next call of `room`. */
  readonly view: Float64Array<ArrayBuffer>
}

/** Element-wise routines on tiles, compiled with a memory of their own; every call is done when it returns. */
export interface TileModule<Name extends string> {
  run(routine: Name, ...args: number[]): void
  /** Room for lists of the given lengths, in place of what was there; the memory is as large as the largest tile so far. */
  room(lengths: readonly number[]): TileRoom[]
}

const bytesOfPage = 65536

/** By address: several memories may serve one kind of tile. */
const compiled = new Map<string, Promise<WebAssembly.Module>>()

/**
 * The build that this engine runs fastest: results differ between builds in their last bits.
 * @param builds of scripts/build-wasm.sh, each exporting `memory`, `__heap_base` and the named routines
 */
export async function loadTileModule<Name extends string>(
  builds: Readonly<Record<Build, URL>>,
  names: readonly Name[],
): Promise<TileModule<Name>> {
  const url = builds[detectCapabilities().relaxedSimd ? 'relaxed' : 'simd']
  const module = compiled.get(url.href) ?? readWasm(url).then((bytes) => WebAssembly.compile(bytes))
  compiled.set(url.href, module)
  const instance = await WebAssembly.instantiate(await module)
  const { memory, __heap_base: heap, ...exported } = instance.exports
  if (!(memory instanceof WebAssembly.Memory) || !(heap instanceof WebAssembly.Global))
    throw new Error(`${url.pathname} does not export its memory`)
  const routines = new Map<Name, (...args: number[]) => unknown>()
  for (const name of names) {
    const found = exported[name]
    if (typeof found !== 'function') throw new Error(`${url.pathname} does not export ${name}`)
    routines.set(name, (...args) => found(...args))
  }
  const free = Number(heap.value)
  const base = free + (-free & 15)
  return {
    run: (routine, ...args) => void routines.get(routine)?.(...args),
    room(lengths) {
      const total = lengths.reduce((sum, length) => sum + length, 0)
      const missing = base + 8 * total - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / bytesOfPage))
      let at = base
      return lengths.map((length) => {
        const address = at
        at += 8 * length
        return { address, view: new Float64Array(memory.buffer, address, length) }
      })
    },
  }
}
