import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import type { Passes, PassWatch } from './examples.ts'
import { overExamples } from './examples.ts'
import type { LinearPart } from './linear-part.ts'
import { centredTargets } from './linear-part.ts'
import type { Room } from './room.ts'
import { createRoom } from './room.ts'
import { gateWide } from './wide-layer.ts'

/**
 * ĝ(w) = (1/n) Σ y σ′(w·x) x for every neuron, y the targets less their linear part: up to −2a the first gradient of a
 * network whose output is zero.
 * @param neurons P × d
 * @returns P × d
 */
export async function dataGradients(
  neurons: Matrix,
  passes: Passes,
  linear: LinearPart,
  blas: Blas,
  { room = createRoom(), ...watch }: PassWatch & { readonly room?: Room } = {},
): Promise<Matrix> {
  const sum = matrix(neurons.rows, neurons.cols)
  const lanes = blas.apart ?? blas
  let adding: Promise<unknown> = Promise.resolve()
  let blocks = 0
  const count = await overExamples(passes, watch, async (block) => {
    const targets = await centredTargets(block, linear, lanes)
    const active = await lanes.gemm(block.inputs, neurons, {
      transposeB: true,
      c: room.take(`active ${blocks++ % 2}`, block.inputs.rows, neurons.rows),
    })
    await gateWide(active, targets)
    await adding
    adding = lanes.gemm(active, block.inputs, { transposeA: true, c: sum, beta: 1 })
    // Beside the next block's product where this block's inputs stay; a failure is thrown by the next await.
    adding.catch(() => undefined)
    if (!passes.held) await adding
  })
  await adding
  for (let at = 0; at < sum.data.length; at++) sum.data[at] /= count
  return sum
}
