import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { RetortError } from '#core/errors'
import { matrix } from '#core/matrix'
import { localPlace } from '#data/local-place'
import { adoptNetwork, readTensors } from '#features/adopt-network'
import type { FeatureMap, FeatureMapRequest, Weights } from '#features/feature-map'
import { featureMapKind } from '#features/index'
import type { Blas } from '#linalg/blas'
import type { FeatureSettings } from './settings.ts'

/**
 * The feature map that the settings ask for, or undefined for none.
 * @throws RetortError `config/feature-map`, `data/weights`, and what reading the weights throws
 */
export async function createFeatures(
  settings: FeatureSettings,
  inputShape: readonly number[],
  seed: number,
  blas: Blas,
): Promise<FeatureMap | undefined> {
  const { features, featuresSeed, weights, layers } = settings
  if (features === 'none') {
    refuseWithoutMap(settings)
    return undefined
  }
  const kind = featureMapKind(features)
  if (features === 'network') {
    if (layers === undefined) throw missingLayers()
    const described: unknown = await layerList(layers)
    if (weights === undefined) {
      return kind.create({ inputShape, options: { layers: described }, seed: featuresSeed ?? seed }, blas)
    }
    return kind.create(adoptNetwork(await tensorsOf(weights), inputShape, described), blas)
  }
  const request = { inputShape, options: optionsOf(settings) }
  if (weights !== undefined) return kind.create({ ...request, weights: await matricesOf(weights) }, blas)
  return kind.create({ ...request, seed: featuresSeed ?? seed }, blas)
}

/** The settings that were given, by the names that the kinds of maps have for them. */
function optionsOf(settings: FeatureSettings): FeatureMapRequest['options'] {
  const {
    width,
    depth,
    slope,
    activation,
    distribution,
    bias,
    variance,
    channels,
    kernelSize,
    stride,
    padding,
  } = settings
  const named = { width, depth, slope, activation, distribution, bias, variance, channels, stride, padding }
  const given = Object.entries({ ...named, kernel: kernelSize }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given)
}

async function tensorsOf(path: string) {
  const [source] = (await localPlace(path)).files
  return readTensors(source)
}

/** Two-dimensional tensors as they are, one-dimensional ones as a row. */
async function matricesOf(path: string): Promise<Weights> {
  const tensors = Object.entries(await tensorsOf(path))
  return Object.fromEntries(
    tensors.map(([name, { shape, data }]) => {
      const cols = shape[shape.length - 1] ?? 1
      return [name, matrix(cols === 0 ? 0 : data.length / cols, cols, data)]
    }),
  )
}

async function layerList(text: string): Promise<unknown> {
  const json = existsSync(text) ? await readFile(text, 'utf8') : text
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new RetortError({
      code: 'usage/layers',
      message: `--layers is neither a file nor JSON: ${text.slice(0, 60)}`,
      hint: `Write for example --layers '[{"type":"dense","activation":"leaky-relu"}]'; see docs/feature-maps.md`,
      path: '--layers',
      cause,
    })
  }
}

function missingLayers(): RetortError {
  return new RetortError({
    code: 'usage/layers',
    message: '--features network needs to know the layers',
    hint: `Add --layers '[{"type":"dense","activation":"leaky-relu"}]' or a file with such a list; see docs/feature-maps.md`,
    path: '--layers',
  })
}

function refuseWithoutMap({ features: _none, ...rest }: FeatureSettings): void {
  const [name] = Object.entries(rest).find(([, value]) => value !== undefined) ?? []
  if (name === undefined) return
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  throw new RetortError({
    code: 'usage/no-features',
    message: `${flag} describes a feature map, but there is none`,
    hint: `Add --features dense (or conv, fourier, coupling, linear-net, network), or leave ${flag} out.`,
    path: flag,
  })
}
