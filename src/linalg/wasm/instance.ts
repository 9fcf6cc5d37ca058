/** One thread's copy of the kernels; the threads of a team share the memory. */
export interface Instance {
  /** Runs a kernel as thread `id` of `count`: its status. */
  call(kernel: string, args: readonly number[]): number
}

export const pageBytes = 65536
/** Every thread has its own stack, below everything else. */
const stackBytes = 65536
/** Where the threads of a team meet, in a cache line of its own. */
const rendezvousBytes = 128

/** The first byte that data may use. */
export function dataStart(threads: number): number {
  return stackBytes * threads + rendezvousBytes
}

export interface Seat {
  readonly id: number
  readonly count: number
}

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory, seat: Seat): Instance {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const stack = exports.__stack_pointer
  if (!(stack instanceof WebAssembly.Global)) throw new Error('the kernels do not export their stack pointer')
  stack.value = stackBytes * (seat.id + 1)
  const rendezvous = stackBytes * seat.count
  return {
    call(kernel, args) {
      const run = exports[kernel]
      if (typeof run !== 'function') throw new Error(`there is no kernel '${kernel}'`)
      return run(seat.id, seat.count, rendezvous, ...args)
    },
  }
}
