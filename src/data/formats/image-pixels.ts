import { RetortError } from '#core/errors'
import type { DecodedImage } from './image-codec.ts'

/** The common form of all images of a dataset. */
export interface ImageForm {
  readonly height: number
  readonly width: number
  readonly channels: 1 | 3
}

/** Whether every pixel has equal red, green and blue. */
export function isGrey({ pixels }: DecodedImage): boolean {
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i] !== pixels[i + 1] || pixels[i] !== pixels[i + 2]) return false
  }
  return true
}

export function isTransparent({ pixels }: DecodedImage): boolean {
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i] !== 255) return true
  return false
}

/**
 * Writes an image as height × width × channels bytes, on a white ground where it is transparent.
 * @param first the image that the form was taken from, for the message
 * @throws RetortError `data/image-size`, `data/image-channels`
 */
export function writePixels(
  name: string,
  image: DecodedImage,
  { height, width, channels }: ImageForm,
  first: string,
  target: Uint8Array,
  offset: number,
): void {
  if (image.width !== width || image.height !== height) throw otherSize(name, image, first, width, height)
  if (channels === 1 && !isGrey(image)) throw notGrey(name)
  const { pixels } = image
  let at = offset
  for (let i = 0; i < pixels.length; i += 4) {
    const opacity = pixels[i + 3]
    for (let c = 0; c < channels; c++) {
      const value = pixels[i + c]
      target[at++] = opacity === 255 ? value : Math.round((value * opacity) / 255 + 255 - opacity)
    }
  }
}

function otherSize(
  name: string,
  image: DecodedImage,
  first: string,
  width: number,
  height: number,
): RetortError {
  return new RetortError({
    code: 'data/image-size',
    message: `${name} has ${image.width} × ${image.height} pixels, but ${first} has ${width} × ${height}`,
    why: 'A linear model needs the same number of values in every example.',
    hint: `Resize a copy of all images, e.g. with ImageMagick: mogrify -resize ${width}x${height}\\! FILES`,
    path: name,
    values: { width: image.width, height: image.height, neededWidth: width, neededHeight: height },
  })
}

function notGrey(name: string): RetortError {
  return new RetortError({
    code: 'data/image-channels',
    message: `${name} has colours, but the images that were looked at first are all grey`,
    why: 'Either all images have one channel or all have three.',
    hint: `Turn it grey, e.g. with ImageMagick: mogrify -colorspace Gray '${name}'`,
    path: name,
  })
}
