import type { Blas, FloatArray } from '#linalg/blas'
import type { Calls } from './calls.ts'
import { householder } from './householder.ts'
import { leastSquares } from './least-squares.ts'
import { qr } from './qr.ts'

export function createOrthogonal(
  callsFor: (data: FloatArray) => Calls,
): Pick<Blas, 'qr' | 'householder' | 'leastSquares'> {
  return {
    qr: (a) => qr(callsFor(a.data), a),
    householder: (a) => householder(callsFor(a.data), a),
    leastSquares: (a, b, options) => leastSquares(callsFor(a.data), a, b, options),
  }
}
