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
  return {
    id: 'features',
    parameters: {},
    async gram(x, z, blas) {
      const left = await features.forward(x, blas)
      return blas.gemm(left, await features.forward(z, blas), { transposeB: true })
    },
    symmetricGram: async (x, blas) => blas.syrk(await features.forward(x, blas)),
    diagonal: async (x, blas) => squaredNorms(await features.forward(x, blas)),
    async linearise(x, z, blas) {
      const left = await features.forward(x, blas)
      return {
        gram: await blas.gemm(left, await features.forward(z, blas), { transposeB: true }),
        async pullBack(cotangent) {
          return features.pullBack(z, await blas.gemm(cotangent, left, { transposeA: true }), blas)
        },
      }
    },
    async symmetricPullBack(x, cotangent, blas) {
      const weighted = await blas.gemm(plusTransposed(cotangent), await features.forward(x, blas))
      return features.pullBack(x, weighted, blas)
    },
  }
}
