import type { Raster } from './raster.ts'

/**
 * A 5 × 8 bitmap font for printable ASCII (32..126), so that pictures carry their labels without a font library.
 * Five columns for each glyph, two hexadecimal digits a column; the lowest bit is the top row, the highest a descender.
 */
const columns = [
  '000000000000005f00000007000700147f147f14242a7f2a12231308646236495620500008070300',
  '001c2241000041221c002a1c7f1c2a08083e08080080703000080808080800006060002010080402',
  '3e5149453e00427f400072494949462141494d331814127f1027454545393c4a4949314121110907',
  '3649494936464949291e000014000000403400000008142241141414141400412214080201590906',
  '3e415d594e7c1211127c7f494949363e414141227f4141413e7f494949417f090909013e41415173',
  '7f0808087f00417f41002040413f017f081422417f404040407f021c027f7f0408107f3e4141413e',
  '7f090909063e4151215e7f09192946264949493203017f01033f4040403f1f2040201f3f4038403f',
  '631408146303047804036159494d43007f4141410204081020004141417f04020102044040404040',
  '000307080020545478407f284444383844444428384444287f385454541800087e090218a4a49c78',
  '7f0804047800447d40002040403d007f1028440000417f40007c047804787c080404783844444438',
  'fc1824241818242418fc7c08040408485454542404043f44243c4040207c1c2040201c3c4030403c',
  '44281028444c9090907c4464544c440008364100000077000000413608000201020402',
].join('')

const glyphWidth = 5
/** From one glyph to the next. */
const advance = 6
export const textHeight = 8

/** Width of a text in pixels at the given scale. */
export function textWidth(text: string, scale = 1): number {
  return Math.max(0, text.length * advance - 1) * scale
}

/**
 * A name that this font can draw: accents are dropped; undefined where other letters remain.
 */
export function drawable(name: string): string | undefined {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll('\u2212', '-')
  return /^[ -~]+$/.test(plain) ? plain : undefined
}

/** The text cut to a width, marked with two dots where it was cut. */
export function fitted(text: string, width: number, scale = 1): string {
  if (textWidth(text, scale) <= width) return text
  const letters = Math.floor((width / scale + 1) / advance)
  return letters < 3 ? text.slice(0, Math.max(1, letters)) : `${text.slice(0, letters - 2)}..`
}

/** Draws drawable text with its top left corner at (left, top); with `upwards` it runs from there to the top. */
export function drawText(
  raster: Raster,
  left: number,
  top: number,
  text: string,
  options: { scale?: number; upwards?: boolean } = {},
): void {
  const { scale = 1, upwards = false } = options
  for (let i = 0; i < text.length; i++) {
    for (let column = 0; column < glyphWidth; column++) {
      const at = ((text.charCodeAt(i) - 32) * glyphWidth + column) * 2
      const bits = Number.parseInt(columns.slice(at, at + 2), 16)
      const along = (i * advance + column) * scale
      for (let row = 0; row < textHeight; row++) {
        if (((bits >> row) & 1) === 0) continue
        if (upwards) raster.fill(left + row * scale, top - along - scale + 1, scale, scale, raster.ink)
        else raster.fill(left + along, top + row * scale, scale, scale, raster.ink)
      }
    }
  }
}
