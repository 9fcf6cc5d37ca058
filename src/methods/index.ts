import { gaussNewton } from './gauss-newton.ts'
import { izzoZou } from './izzo-zou.ts'
import { labelSolve } from './kernel-label-solve.ts'
import { kernelRidge } from './kernel-ridge.ts'
import { kip } from './kip.ts'
import { maalouf } from './maalouf.ts'
import { ridgeLabelSolve } from './ridge-label-solve.ts'
import { ridge } from './ridge.ts'
import { twoLayer } from './two-layer.ts'

/** Methods whose sets train ridge regression to a given W: they see statistics and the model. */
export const ridgeMethods = {
  ridge,
  'kernel-ridge': kernelRidge,
  'gauss-newton': gaussNewton,
  maalouf,
  'izzo-zou': izzoZou,
  'ridge-label-solve': ridgeLabelSolve,
} as const

export type RidgeMethodId = keyof typeof ridgeMethods

/** Every method by its id: a new method is one file and one row. */
export const methods = {
  ...ridgeMethods,
  kip,
  'label-solve': labelSolve,
  'two-layer': twoLayer,
} as const

export type MethodId = keyof typeof methods

/** Whether text names a method. */
export function isMethodId(text: string): text is MethodId {
  return Object.hasOwn(methods, text)
}
