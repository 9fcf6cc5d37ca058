import { matrix } from '#core/matrix'
import type { Watch } from '#core/progress'
import type { FeatureMap } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import type { Examples } from '#methods/kip/support'
import { centredLabels } from '#methods/kip/support'
import type { Statistics } from '#statistics/statistics'

/** Examples whose features are held at once. */
const blockRows = 2048

/** Sums of the features of all examples, in float64 and in the order of the examples. */
export async function featureStatistics(
  map: FeatureMap,
  examples: Examples,
  targets: number,
  provenance: string,
  blas: Blas,
  watch: Watch,
): Promise<Statistics> {
  const p = map.featureSize
  const gram = matrix(p, p)
  const cross = matrix(targets, p)
  const targetGram = matrix(targets, targets)
  const inputSum = new Float64Array(p)
  const targetSum = new Float64Array(targets)
  for (let from = 0; from < examples.count; from += blockRows) {
    watch.signal?.throwIfAborted()
    const count = Math.min(blockRows, examples.count - from)
    const indices = Uint32Array.from({ length: count }, (_, i) => from + i)
    const phi = await map.forward(await examples.inputsAt(indices), blas)
    const labels = centredLabels(examples, indices, new Float64Array(targets))
    await blas.syrk(phi, { transpose: true, beta: 1, c: gram })
    await blas.gemm(labels, phi, { transposeA: true, beta: 1, c: cross })
    await blas.syrk(labels, { transpose: true, beta: 1, c: targetGram })
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < p; j++) inputSum[j] += phi.data[i * p + j]
      for (let c = 0; c < targets; c++) targetSum[c] += labels.data[i * targets + c]
    }
    watch.report?.({ stage: 'features', done: from + count, total: examples.count, unit: 'examples' })
  }
  return {
    count: examples.count,
    inputSize: p,
    targetSize: targets,
    gram,
    cross,
    inputSum,
    targetSum,
    targetGram,
    exact: false,
    provenance,
  }
}
