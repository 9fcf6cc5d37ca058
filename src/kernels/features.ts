import type { Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { Kernel } from './kernel.ts'
import { plusTransposed, squaredNorms } from './product-blocks.ts'

/** What a feature map must offer to be a kernel. */
export interface DifferentiableFeatures {
  forward(inputs: Matrix, blas: Blas): Promise<Matrix>
  /** Row i: J(x_i)ᵀ c_i. */
  pullBack(inputs: Matrix, cotangent: Matrix, blas: Blas): Promise<Matrix>
}

/** K(x, z) = φ(x)ᵀφ(z). */
export function featureKernel(features: DifferentiableFeatures): Kernel {
  const pullBack = async (x: Matrix, z: Matrix, cotangent: Matrix, blas: Blas): Promise<Matrix> => {
    const weighted = await blas.gemm(cotangent, await features.forward(x, blas), { transposeA: true })
    return features.pullBack(z, weighted, blas)
  }
  return {
    id: 'features',
    parameters: {},
    async gram(x, z, blas) {
      const left = await features.forward(x, blas)
      return blas.gemm(left, await features.forward(z, blas), { transposeB: true })
    },
    symmetricGram: async (x, blas) => blas.syrk(await features.forward(x, blas)),
    diagonal: async (x, blas) => squaredNorms(await features.forward(x, blas)),
    pullBack,
    symmetricPullBack: (x, cotangent, blas) => pullBack(x, x, plusTransposed(cotangent), blas),
  }
}
