import { loadTileModule } from '#linalg/wasm/tile-module'

/** Element-wise work on tiles of pairs; each call is done when it returns. */
export interface GaussianTiles {
  /**
   * Products xᵀz become e^(scale · (2 xᵀz − q(x) − q(z))), in place.
   * @param scale 1/(2σ²)
   * @param leftNorms q(x) = ‖x‖² of the tile's rows; `norms` q(z) of its columns
   */
  gaussian(values: Float64Array, scale: number, leftNorms: Float64Array, norms: Float64Array): void
  /** Every x ≤ 0 becomes e^x, in place, with a relative error of a few 2⁻⁵³ where that is normal; larger x count as 0. */
  exponential(values: Float64Array): void
}

const routines = ['gaussian', 'exponential'] as const

let loaded: Promise<GaussianTiles> | undefined

/** Compiled once. */
export function gaussianTiles(): Promise<GaussianTiles> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<GaussianTiles> {
  // Bundlers find the files by these literal URLs.
  const builds = {
    simd: new URL('./wasm/gaussian-simd.wasm', import.meta.url),
    relaxed: new URL('./wasm/gaussian-relaxed.wasm', import.meta.url),
  }
  const { run, room } = await loadTileModule(builds, routines)
  return {
    gaussian(values, scale, leftNorms, norms) {
      const [k, left, right] = room([values.length, leftNorms.length, norms.length])
      k.view.set(values)
      left.view.set(leftNorms)
      right.view.set(norms)
      run(
        'gaussian',
        ...[leftNorms.length, norms.length, scale],
        ...[left, right, k].map(({ address }) => address),
      )
      values.set(k.view)
    },
    exponential(values) {
      const [x] = room([values.length])
      x.view.set(values)
      run('exponential', values.length, x.address)
      values.set(x.view)
    },
  }
}
