import { gaussNewton } from './gauss-newton.ts'
import { izzoZou } from './izzo-zou.ts'
import { kernelRidge } from './kernel-ridge.ts'
import { maalouf } from './maalouf.ts'
import { ridge } from './ridge.ts'

/** Every method by its id: a new method is one file and one row. */
export const methods = {
  ridge,
  'kernel-ridge': kernelRidge,
  'gauss-newton': gaussNewton,
  maalouf,
  'izzo-zou': izzoZou,
} as const

export type MethodId = keyof typeof methods

/** Whether text names a method. */
export function isMethodId(text: string): text is MethodId {
  return Object.hasOwn(methods, text)
}
