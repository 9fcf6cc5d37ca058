import { zipSync } from 'fflate'
import type { DistilledSet, Training } from '#core/distilled-set'
import type { Matrix } from '#core/matrix'
import type { Storage } from '#core/storage'

/** DOS time begins here; a fixed time keeps the bytes the same from run to run. */
const noTime = new Date(1980, 0, 1)

/**
 * `points`, `labels` (stored type), `ridge`, the arrays of the training (`weight`, `bias` for ridge regression; float64), the
 * weights of the feature map as `features.NAME`, and the preprocessing (`scale`, `shift` or `mean`,
 * `whitening`), each as it is in the safetensors file: `numpy.load` opens it.
 */
export function encodeNpz(set: DistilledSet, storage: Storage): Uint8Array {
  const { points, labels, training, preprocessing, classes } = set
  const stored = (data: Float64Array) => (storage === 'float32' ? Float32Array.from(data) : data)
  const members: Record<string, Uint8Array> = {
    'points.npy': encodeNpy(stored(points.data), [points.rows, points.cols]),
    'labels.npy': encodeNpy(stored(labels.data), [labels.rows, labels.cols]),
    'ridge.npy': encodeNpy(Float64Array.of(training.ridge), []),
    ...trainingMembers(training),
  }
  if (set.features) {
    for (const [name, { rows, cols, data }] of Object.entries(set.features.weights)) {
      members[`features.${name}.npy`] = encodeNpy(data, [rows, cols])
    }
  }
  if (classes) members['classes.npy'] = encodeNpy(classes, [classes.length])
  if ('scale' in preprocessing) {
    members['scale.npy'] = encodeNpy(preprocessing.scale, [preprocessing.scale.length])
    members['shift.npy'] = encodeNpy(preprocessing.shift, [preprocessing.shift.length])
  }
  if ('whitening' in preprocessing) {
    const { mean, whitening } = preprocessing
    members['mean.npy'] = encodeNpy(mean, [mean.length])
    members['whitening.npy'] = encodeNpy(whitening.data, [whitening.rows, whitening.cols])
  }
  return zipSync(members, { level: 0, mtime: noTime })
}

/** The float64 arrays of a training. */
function trainingMembers(training: Training): Record<string, Uint8Array> {
  switch (training.kind) {
    case 'ridge':
      return { 'weight.npy': encodeMatrix(training.weight), 'bias.npy': encodeVector(training.bias) }
    case 'kernel':
      return { 'label-offset.npy': encodeVector(training.labelOffset) }
    case 'two-layer':
      return {
        'second-labels.npy': encodeVector(training.secondLabels),
        'slope.npy': encodeVector(training.slope),
        'offset.npy': encodeNpy(Float64Array.of(training.offset), []),
        'basis.npy': encodeMatrix(training.basis),
        'spectrum.npy': encodeVector(training.spectrum),
        'step.npy': encodeNpy(Float64Array.of(training.step), []),
        'pivots.npy': encodeNpy(Int32Array.from(training.secondPoints.pivots), [
          training.secondPoints.pivots.length,
        ]),
      }
  }
}

const encodeVector = (data: Float64Array) => encodeNpy(data, [data.length])
const encodeMatrix = ({ rows, cols, data }: Matrix) => encodeNpy(data, [rows, cols])

/** One NPY 1.0 member, C order, little-endian. */
export function encodeNpy(
  data: Float64Array | Float32Array | Int32Array,
  shape: readonly number[],
): Uint8Array {
  const kind = data instanceof Float64Array ? '<f8' : data instanceof Float32Array ? '<f4' : '<i4'
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dictionary = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${sizes}), }`
  const header = `${dictionary.padEnd(Math.ceil((dictionary.length + 11) / 64) * 64 - 11)}\n`
  const bytes = new Uint8Array(10 + header.length + data.byteLength)
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8])
  bytes.set(new TextEncoder().encode(header), 10)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + header.length)
  return bytes
}
