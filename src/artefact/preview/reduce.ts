import type { Pictures } from './pictures.ts'

/** Pictures whose pixels are the means of factor × factor blocks; a ragged edge is cut off. */
export function reducedBy(pictures: Pictures, factor: number): Pictures {
  if (factor <= 1) return pictures
  const width = Math.max(1, Math.floor(pictures.width / factor))
  const height = Math.max(1, Math.floor(pictures.height / factor))
  return {
    ...pictures,
    width,
    height,
    pixels: pictures.pixels.map((pixels) => reducedPixels(pixels, pictures, width, height, factor)),
  }
}

function reducedPixels(
  pixels: Uint8Array,
  from: Pictures,
  width: number,
  height: number,
  factor: number,
): Uint8Array {
  const { channels } = from
  const across = Math.min(factor, from.width)
  const down = Math.min(factor, from.height)
  const result = new Uint8Array(width * height * channels)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0
        for (let v = 0; v < down; v++) {
          const row = (y * factor + v) * from.width + x * factor
          for (let u = 0; u < across; u++) sum += pixels[(row + u) * channels + c]
        }
        result[(y * width + x) * channels + c] = Math.round(sum / (across * down))
      }
    }
  }
  return result
}
