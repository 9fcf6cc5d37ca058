import type { Blas } from '#linalg/blas'
import { activationBound, isInvertible } from './activation.ts'
import type { Surjectivity } from './feature-map.ts'
import type { LinearLayer, NetworkLayer } from './feed-forward.ts'

/** Whether a linear layer reaches all of its outputs, and why. */
export interface Onto {
  readonly holds: Surjectivity['holds']
  readonly reason: string
}

/** Full row rank of a layer whose weights are at hand, from its singular values. */
export async function measuredRank(layer: LinearLayer, blas: Blas): Promise<Onto> {
  const { name, inputs, outputs } = layer
  if (outputs > inputs) return { holds: 'never', reason: moreOutputs(layer) }
  const { largest, smallest } = await layer.singularValues(blas)
  const full = smallest > largest * Math.max(inputs, outputs) * Number.EPSILON
  const measured = `smallest singular value ${smallest.toPrecision(3)}, largest ${largest.toPrecision(3)}`
  return full
    ? { holds: 'always', reason: `layer ${name} has full row rank (${measured})` }
    : { holds: 'never', reason: `layer ${name} is rank deficient (${measured})` }
}

export function moreOutputs({ name, inputs, outputs }: LinearLayer): string {
  return `layer ${name} has more outputs (${outputs}) than inputs (${inputs})`
}

/**
 * Surjectivity of a network from that of its layers: onto where every layer is onto and every activation is a
 * bijection of R (Chen, Huang, Weng 2024, Examples 5.1–5.4); not onto where any layer is narrower than the features,
 * because a map that is Lipschitz on bounded sets cannot raise the dimension.
 * @param ontos one per layer
 */
export function networkSurjectivity(layers: readonly NetworkLayer[], ontos: readonly Onto[]): Surjectivity {
  const last = layers.length - 1
  const { outputs: features } = layers[last].linear
  const sizes = [layers[0].linear.inputs, ...layers.map(({ linear }) => linear.outputs)]
  const narrowest = Math.min(...sizes)
  if (narrowest < features) {
    return never(`${features} features cannot all vary freely behind a layer of ${narrowest} values`)
  }
  const weak = ontos.findIndex(({ holds }) => holds === 'never' || holds === 'unknown')
  const folded = layers.findIndex(({ activation }) => !isInvertible(activation))
  if (layers.some(({ activation }) => activationBound(activation) < Infinity)) {
    // A bias of the first layer is subtracted last, after every saturating activation has been undone.
    const free = layers.slice(1).every(({ bias }) => bias === undefined)
    return never('the activation is bounded, and so are the features', free && weak < 0 && folded < 0)
  }
  if (folded === last) return never('ReLU never gives a negative feature')
  if (weak === last && ontos[last].holds === 'never') return never(ontos[last].reason)
  if (weak >= 0) return { holds: 'unknown', upToScale: false, reason: ontos[weak].reason }
  if (folded >= 0) {
    return { holds: 'unknown', upToScale: false, reason: 'an inner ReLU reaches non-negative values only' }
  }
  const certain = ontos.every(({ holds }) => holds === 'always')
  return {
    holds: certain ? 'always' : 'almost surely',
    upToScale: true,
    reason: certain
      ? ontos.map(({ reason }) => reason).join('; ')
      : 'no layer has more outputs than the one before it, and random weights have full rank with probability one',
  }
}

function never(reason: string, upToScale = false): Surjectivity {
  return { holds: 'never', upToScale, reason }
}
