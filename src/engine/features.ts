import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { RetortError } from '#core/errors'
import { matrix } from '#core/matrix'
import { localPlace } from '#data/local-place'
import { adoptNetwork, readTensors } from '#features/adopt-network'
import type { FeatureMap, Weights } from '#features/feature-map'
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
    return ofFile(weights, async () =>
      kind.create(adoptNetwork(await tensorsOf(weights), inputShape, described), blas),
    )
  }
  const options = optionsOf(settings)
  if (weights === undefined) return kind.create({ inputShape, options, seed: featuresSeed ?? seed }, blas)
  const matrices = await matricesOf(weights)
  const shaped = { ...shapeOf(settings, matrices), ...options }
  return ofFile(weights, () => kind.create({ inputShape, options: shaped, weights: matrices }, blas))
}

/** Names the file in what is wrong with the weights in it. */
async function ofFile(path: string, create: () => Promise<FeatureMap>): Promise<FeatureMap> {
  try {
    return await create()
  } catch (error) {
    if (!(error instanceof RetortError && error.code === 'data/weights')) throw error
    const { code, message, why, hint, values } = error
    throw new RetortError({ code, message: `${path}: ${message}`, why, hint, path, values, cause: error })
  }
}

/** The settings that were given, by the names that the kinds of maps have for them. */
function optionsOf(settings: FeatureSettings): Record<string, unknown> {
  const {
    width,
    depth,
    slope,
    activation,
    distribution,
    bias,
    variance,
    stretch,
    channels,
    kernelSize,
    stride,
    padding,
  } = settings
  const layered = { width, depth, slope, activation, distribution, bias, variance, stretch }
  const given = Object.entries({ ...layered, channels, kernel: kernelSize, stride, padding }).filter(
    ([, value]) => value !== undefined,
  )
  return Object.fromEntries(given)
}

async function tensorsOf(path: string) {
  const [source] = (await localPlace(path)).files
  return readTensors(source)
}

/** Two-dimensional tensors as they are, one-dimensional ones as a row; of an artefact those of its map. */
async function matricesOf(path: string): Promise<Weights> {
  const tensors = Object.entries(await tensorsOf(path))
  const prefix = 'features.'
  const own = tensors.filter(([name]) => name.startsWith(prefix))
  const chosen = own.length > 0 ? own : tensors
  return Object.fromEntries(
    chosen.map(([name, { shape, data }]) => {
      const cols = shape[shape.length - 1] ?? 1
      const plain = own.length > 0 ? name.slice(prefix.length) : name
      return [plain, matrix(cols === 0 ? 0 : data.length / cols, cols, data)]
    }),
  )
}

/** Widths and biases as the weights have them, where the settings do not say. */
function shapeOf({ features, width, depth }: FeatureSettings, weights: Weights): object {
  if (width !== undefined || depth !== undefined) return {}
  if (features === 'fourier')
    return { width: 'frequencies' in weights ? weights.frequencies.rows : undefined }
  if (features !== 'dense' && features !== 'linear-net') return {}
  const widths: number[] = []
  for (let layer = 1; `layer${layer}.weight` in weights; layer++) {
    widths.push(weights[`layer${layer}.weight`].rows)
  }
  if (widths.length === 0) return {}
  return features === 'dense' ? { widths, bias: 'layer1.bias' in weights } : { widths }
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
