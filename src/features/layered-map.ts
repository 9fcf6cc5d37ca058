import type { Blas } from '#linalg/blas'
import type { Activation } from './activation.ts'
import type { ConvSettings } from './conv-geometry.ts'
import { convGeometry, patchSize } from './conv-geometry.ts'
import { convLayer, convOnto } from './conv-layer.ts'
import { denseLayer, denseOnto } from './dense-layer.ts'
import type { FeatureMap, FeatureMapRequest } from './feature-map.ts'
import type { LinearLayer, NetworkLayer } from './feed-forward.ts'
import { feedForward } from './feed-forward.ts'
import type { Matrix } from '#core/matrix'
import type { Distribution } from './random-weights.ts'
import { drawWeights, gaussianMatrix } from './random-weights.ts'
import { inputSizeOf, unfit, weightsFor } from './requests.ts'
import type { Onto } from './surjectivity.ts'
import { networkSurjectivity } from './surjectivity.ts'

/** One layer of a network, before it has weights. */
export type LayerPlan = { readonly activation: Activation; readonly bias: boolean } & (
  { readonly type: 'dense'; readonly width: number } | ({ readonly type: 'conv' } & ConvSettings)
)

export interface NetworkPlan {
  readonly id: string
  readonly layers: readonly LayerPlan[]
  /** Options with every default filled in. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Of weights that are drawn. */
  readonly distribution: Distribution
}

/** A layer whose shapes are known: rows × cols of its weights, and what comes out. */
interface Blueprint {
  readonly name: string
  readonly weightShape: readonly [rows: number, cols: number]
  readonly outShape: readonly number[]
  build(weight: Matrix): LinearLayer
  onto(layer: LinearLayer, distribution: Distribution | undefined): Promise<Onto>
}

/**
 * A feed-forward network from its plan, with weights given or drawn: `layer1.weight`, `layer1.bias` (1 × rows of the
 * weight), `layer2.weight`, …
 * @throws RetortError as `FeatureMapKind.create` does
 */
export async function createLayeredMap(
  plan: NetworkPlan,
  request: FeatureMapRequest,
  blas: Blas,
): Promise<FeatureMap> {
  const { id, distribution } = plan
  const blueprints: Blueprint[] = []
  let shape = request.inputShape
  for (const [l, layer] of plan.layers.entries()) {
    const blueprint = blueprintOf(id, `layer${l + 1}`, layer, shape, blas)
    blueprints.push(blueprint)
    shape = blueprint.outShape
  }
  const shapes: Record<string, readonly [number, number]> = {}
  const inputsOf = new Map<string, number>()
  for (const [l, { name, weightShape }] of blueprints.entries()) {
    shapes[`${name}.weight`] = weightShape
    if (plan.layers[l].bias) shapes[`${name}.bias`] = [1, weightShape[0]]
    inputsOf.set(`${name}.bias`, weightShape[1])
  }
  const weights = await weightsFor(id, request, shapes, (name, rows, cols, seed) => {
    const inputs = inputsOf.get(name)
    return inputs === undefined
      ? drawWeights(rows, cols, distribution, seed, [id, name], blas)
      : gaussianMatrix(rows, cols, 1 / Math.sqrt(inputs), seed, id, name)
  })

  const given = request.weights !== undefined && request.seed === undefined
  const layers: NetworkLayer[] = []
  const ontos: Onto[] = []
  for (const [l, blueprint] of blueprints.entries()) {
    const { activation, bias } = plan.layers[l]
    const linear = blueprint.build(weights[`${blueprint.name}.weight`])
    layers.push({
      linear,
      activation,
      bias: bias ? repeated(weights[`${blueprint.name}.bias`].data, linear.outputs) : undefined,
    })
    ontos.push(await blueprint.onto(linear, given ? undefined : distribution))
  }
  return {
    id,
    inputShape: request.inputShape,
    inputSize: inputSizeOf(request.inputShape),
    featureSize: layers[layers.length - 1].linear.outputs,
    parameters: plan.parameters,
    seed: request.seed,
    surjective: networkSurjectivity(layers, ontos),
    ...feedForward(layers),
    weights: () => weights,
  }
}

function blueprintOf(
  id: string,
  name: string,
  layer: LayerPlan,
  shape: readonly number[],
  blas: Blas,
): Blueprint {
  if (layer.type === 'dense') {
    return {
      name,
      weightShape: [layer.width, inputSizeOf(shape)],
      outShape: [layer.width],
      build: (weight) => denseLayer(name, weight),
      onto: (linear, distribution) => denseOnto(linear, distribution, blas),
    }
  }
  if (shape.length !== 3) {
    throw unfit(id, `${name} convolves images of height × width × channels, but gets ${shape.join(' × ')}`)
  }
  const geometry = convGeometry(id, shape, layer)
  return {
    name,
    weightShape: [geometry.outChannels, patchSize(geometry)],
    outShape: [geometry.outHeight, geometry.outWidth, geometry.outChannels],
    build: (weight) => convLayer(name, geometry, weight),
    onto: (linear, distribution) => convOnto(linear, geometry, distribution, blas),
  }
}

/** A bias for each filter at every position; the bias itself for a dense layer. */
function repeated(bias: Float64Array, length: number): Float64Array {
  if (bias.length === length) return bias
  return Float64Array.from({ length }, (_, at) => bias[at % bias.length])
}
