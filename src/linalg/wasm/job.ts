import type { FloatArray } from '#linalg/blas'

/** A block of kernel memory during one job: filled from an array before, copied to an array after. */
export interface Block {
  readonly bytes: number
  readonly from?: FloatArray
  readonly to?: FloatArray
}

/** One call of a kernel. */
export interface Job {
  readonly kernel: string
  /** A block stands for its address; the same block twice is the same memory. */
  readonly args: readonly (number | Block)[]
  /** Estimated floating-point operations. */
  readonly work: number
  /** What the kernel may need besides the blocks, without its threads' share. */
  readonly scratchBytes: number
}

export function input(from: FloatArray): Block {
  return { bytes: from.byteLength, from }
}

export function output(to: FloatArray): Block {
  return { bytes: to.byteLength, to }
}

/** Read from one array, overwritten by the kernel, and copied to another (or the same). */
export function inPlace(from: FloatArray, to: FloatArray): Block {
  return { bytes: Math.max(from.byteLength, to.byteLength), from, to }
}

/** The kernels of one element type end in its name. */
export function kernelFor(name: string, data: FloatArray): string {
  return `${name}_${data instanceof Float32Array ? 'f32' : 'f64'}`
}

const alignment = 128
/** Panels of a product, whatever its size; see `Blocking` in gemm.h. */
const panelBytes = 10 * 2 ** 20
const panelBytesPerThread = 3 * 2 ** 20

export interface Layout {
  /** Addresses of the distinct blocks. */
  readonly addresses: ReadonlyMap<Block, number>
  readonly scratch: number
  readonly end: number
}

/** Places the blocks of a job, then its scratch memory, from `start` on. */
export function layOut(job: Job, start: number, threads: number): Layout {
  const addresses = new Map<Block, number>()
  let next = start
  for (const block of job.args) {
    if (typeof block === 'number' || addresses.has(block)) continue
    addresses.set(block, next)
    next += Math.ceil(block.bytes / alignment) * alignment
  }
  return { addresses, scratch: next, end: next + scratchTotal(job.scratchBytes, threads) }
}

export function scratchTotal(scratchBytes: number, threads: number): number {
  return Math.ceil((scratchBytes + panelBytes + threads * panelBytesPerThread) / alignment) * alignment
}

/** The kernel's arguments behind its seat: scratch memory, then the job's own. */
export function kernelArguments(job: Job, layout: Layout): number[] {
  const own = job.args.map((arg) => (typeof arg === 'number' ? arg : layout.addresses.get(arg)!))
  return [layout.scratch, layout.end, ...own]
}

/** The memory of a block as elements of the array that is copied there or back. */
export function viewLike(array: FloatArray, buffer: ArrayBufferLike, address: number): FloatArray {
  return array instanceof Float32Array
    ? new Float32Array(buffer, address, array.length)
    : new Float64Array(buffer, address, array.length)
}
