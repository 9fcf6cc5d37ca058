import type { FloatArray, Matrix } from '#linalg/blas'
import { zerosLike } from '../tiles.ts'
import type { CblasName, LapackName, NativeFunction, Routines } from './routines.ts'

/** C enums of CBLAS. */
export const order = { rowMajor: 101, colMajor: 102 } as const
export const transposition = { none: 111, transpose: 112 } as const
export const triangle = { upper: 121, lower: 122 } as const
export const diagonal = { stored: 131, unit: 132 } as const
export const left = 141

/** A move of one element costs about as much as this many floating-point operations. */
export const movingWork = 40

/** Runs one native call, here or on a pool thread, by the floating-point operations that it takes. */
export type Run = (
  work: number,
  native: NativeFunction,
  args: readonly unknown[],
) => number | undefined | Promise<number | undefined>

/**
 * The library's routines for float32 or float64. `work` estimates a call's time as that of so many floating-point
 * operations of a product, which is several times their true number in a factorisation.
 * LAPACK is column-major: it sees the transpose of every row-major matrix.
 */
export interface Calls {
  cblas(name: CblasName, work: number, ...args: (number | FloatArray)[]): Promise<number | undefined>
  /** Supplies workspaces and `info`, which is the result. */
  lapack(
    name: LapackName,
    work: number,
    ...args: (number | string | FloatArray | Int32Array)[]
  ): Promise<number>
}

export function createCalls(run: Run, { cblas, lapack }: Routines, real: FloatArray): Calls {
  return {
    async cblas(name, work, ...args) {
      return run(work, cblas[name], args)
    },
    async lapack(name, work, ...args) {
      const { native, signature } = lapack[name]
      const info = new Int32Array(1)
      const addresses = (workspace: FloatArray, query: boolean, integers: Int32Array) => {
        const given = args.values()
        const passed: (FloatArray | Uint8Array | Int32Array | number)[] = []
        for (const kind of signature) {
          if (kind === '!') passed.push(info)
          else if (kind === 'w') passed.push(workspace, Int32Array.of(query ? -1 : workspace.length))
          else if (kind === 'v') passed.push(integers, Int32Array.of(query ? -1 : integers.length))
          else passed.push(address(given.next().value))
        }
        for (const kind of signature) if (kind === 'c') passed.push(1)
        return passed
      }
      const workspace = zerosLike(real, 1)
      const integers = new Int32Array(1)
      if (signature.includes('w')) native(...addresses(workspace, true, integers))
      const passed = signature.includes('w')
        ? addresses(zerosLike(real, roundedUp(workspace)), false, new Int32Array(integers[0]))
        : addresses(workspace, false, integers)
      await run(work, native, passed)
      if (info[0] < 0) throw new Error(`${lapack[name].name}: argument ${-info[0]} is wrong`)
      return info[0]
    },
  }
}

const characters = new Map<string, Uint8Array>()

function address(value: number | string | FloatArray | Int32Array | undefined) {
  if (typeof value === 'number') return Int32Array.of(value)
  if (value === undefined) throw new Error('a LAPACK call has too few arguments')
  if (typeof value !== 'string') return value
  let letter = characters.get(value)
  if (!letter) characters.set(value, (letter = new TextEncoder().encode(value)))
  return letter
}

/** float32 may have rounded the wanted length down. */
function roundedUp(wanted: FloatArray): number {
  return Math.ceil(wanted[0] * (wanted instanceof Float32Array ? 1 + 2 ** -22 : 1))
}

/** Whether no element is NaN or infinite. */
export async function allFinite<A extends FloatArray>(calls: Calls, data: A): Promise<boolean> {
  const sum = (await calls.cblas('asum', data.length, data.length, data, 1)) ?? NaN
  if (sum < Infinity || Number.isNaN(sum)) return sum < Infinity
  // The sum of huge finite values may overflow.
  for (const value of data) if (Math.abs(value) === Infinity) return false
  return true
}

const smallCopy = 1 << 14

/** A copy of the elements, made on the pool thread where it would take long. */
export async function copyData<A extends FloatArray>(calls: Calls, a: Matrix<A>): Promise<A> {
  const copy = zerosLike(a.data, a.data.length)
  if (copy.length <= smallCopy) copy.set(a.data)
  else
    await calls.lapack('lacpy', movingWork * copy.length, 'A', a.cols, a.rows, a.data, a.cols, copy, a.cols)
  return copy
}
