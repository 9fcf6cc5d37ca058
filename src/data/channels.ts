import type { InputArray } from '#core/dataset'

/**
 * Rewrites one image from planes (C × H × W, as CIFAR and PyTorch keep it) to channels last (H × W × C).
 * @param pixels H · W
 */
export function toChannelsLast(
  from: InputArray,
  fromStart: number,
  to: InputArray,
  toStart: number,
  channels: number,
  pixels: number,
): void {
  for (let channel = 0; channel < channels; channel++) {
    const plane = fromStart + channel * pixels
    for (let pixel = 0, at = toStart + channel; pixel < pixels; pixel++, at += channels) {
      to[at] = from[plane + pixel]
    }
  }
}
