import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { ConvGeometry } from './conv-geometry.ts'
import { patchSize, positions } from './conv-geometry.ts'

/**
 * Where every value of every patch comes from: its index in the image, or −1 outside it. One patch for each position
 * of the kernel (row by row), each in the order row, column, channel.
 */
export function patchSources(geometry: ConvGeometry): Int32Array {
  const { height, width, channels, kernel, stride, padding, outWidth } = geometry
  const size = patchSize(geometry)
  return Int32Array.from({ length: positions(geometry) * size }, (_, at) => {
    const position = Math.floor(at / size)
    const entry = at % size
    const y = Math.floor(position / outWidth) * stride - padding + Math.floor(entry / (kernel * channels))
    const x = (position % outWidth) * stride - padding + (Math.floor(entry / channels) % kernel)
    const outside = y < 0 || y >= height || x < 0 || x >= width
    return outside ? -1 : (y * width + x) * channels + (entry % channels)
  })
}

/**
 * The patches of images from..to: (images · positions) × patch size.
 * @param images n × (height · width · channels), channels last
 * @param size values of one patch
 */
export function gatherPatches(
  images: Matrix,
  from: number,
  to: number,
  sources: Int32Array,
  size: number,
): Matrix {
  const patches = matrix(((to - from) * sources.length) / size, size)
  for (let image = from, at = 0; image < to; image++) {
    const start = image * images.cols
    for (let entry = 0; entry < sources.length; entry++, at++) {
      const source = sources[entry]
      patches.data[at] = source < 0 ? 0 : images.data[start + source]
    }
  }
  return patches
}

/** Adds patches back to where they came from, in place: the transpose of `gatherPatches`. */
export function scatterPatches(
  patches: Matrix,
  images: Matrix,
  from: number,
  to: number,
  sources: Int32Array,
): void {
  for (let image = from, at = 0; image < to; image++) {
    const start = image * images.cols
    for (let entry = 0; entry < sources.length; entry++, at++) {
      const source = sources[entry]
      if (source >= 0) images.data[start + source] += patches.data[at]
    }
  }
}
