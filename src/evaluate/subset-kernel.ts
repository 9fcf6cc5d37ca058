import type { Target } from '#core/dataset'
import type { Matrix } from '#core/matrix'
import { copyOf } from '#core/matrix'
import { RetortError } from '#core/errors'
import type { Kernel } from '#kernels/kernel'
import type { Blas } from '#linalg/blas'
import type { KernelModel } from '#models/kernel-ridge'
import { positiveSolver, relativeRidge } from '#models/kernel-ridge'
import { argmaxRows } from '#models/prediction'

/** λ as shares of the kernel's mean diagonal. */
const shares = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]

/**
 * Kernel ridge regression on few real examples, with the λ of the grid that is best on the hold-out: by accuracy for
 * classes, by squared error for numbers; the smallest on a tie.
 * @param examples labels n × k as they are; the offset is taken from them
 * @param holdOut preprocessed inputs h × d, labels h × k
 * @throws RetortError `check/not-positive` where no λ of the grid is enough
 */
export async function fitSubsetKernel(
  kernel: Kernel,
  { points, labels, offset }: { points: Matrix; labels: Matrix; offset: Float64Array },
  holdOut: { readonly inputs: Matrix; readonly wanted: Matrix },
  target: Target['kind'],
  blas: Blas,
): Promise<KernelModel> {
  const gram = await kernel.symmetricGram(points, blas)
  const cross = await kernel.gram(holdOut.inputs, points, blas)
  const centred = copyOf(labels)
  for (let at = 0; at < centred.data.length; at++) centred.data[at] -= offset[at % offset.length]
  let best: { model: KernelModel; loss: number } | undefined
  let failure: unknown
  for (const share of shares) {
    const ridge = relativeRidge(gram, share)
    try {
      const dual = await (await positiveSolver(gram, ridge, blas))(centred)
      const loss = lossOf(plusOffset(await blas.gemm(cross, dual), offset), holdOut.wanted, target)
      if (!best || loss < best.loss) best = { model: { kernel, points, dual, offset, ridge }, loss }
    } catch (error) {
      if (!(error instanceof RetortError)) throw error
      failure = error
    }
  }
  if (best) return best.model
  throw failure
}

/** Wrong classes, or the sum of squared errors. */
function lossOf(predicted: Matrix, wanted: Matrix, target: Target['kind']): number {
  if (target === 'class') {
    const [found, right] = [argmaxRows(predicted), argmaxRows(wanted)]
    return found.reduce((sum, value, i) => sum + Number(value !== right[i]), 0)
  }
  return predicted.data.reduce((sum, value, at) => sum + (value - wanted.data[at]) ** 2, 0)
}

function plusOffset(a: Matrix, offset: Float64Array): Matrix {
  for (let at = 0; at < a.data.length; at++) a.data[at] += offset[at % offset.length]
  return a
}
