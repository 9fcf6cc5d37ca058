import type { PngImage } from './png.ts'

/** What a raster is drawn on and with: byte values, used for every channel. */
interface Inks {
  readonly paper: number
  readonly ink: number
  /** Colours of the byte values of a one-channel raster; default grey. */
  readonly palette?: number[][]
}

/** An 8-bit picture to draw on: grey or palette (1 channel) or RGB (3). */
export class Raster implements PngImage {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly data: Uint8Array
  readonly ink: number
  readonly palette: number[][] | undefined

  constructor(width: number, height: number, channels: 1 | 3, inks: Inks) {
    this.width = width
    this.height = height
    this.channels = channels
    this.data = new Uint8Array(width * height * channels).fill(inks.paper)
    this.ink = inks.ink
    this.palette = inks.palette
  }

  /** Fills a rectangle with one byte value; what lies outside is left out. */
  fill(left: number, top: number, width: number, height: number, value: number): void {
    const x0 = Math.max(0, left)
    const x1 = Math.min(this.width, left + width)
    if (x0 >= x1) return
    for (let y = Math.max(0, top); y < Math.min(this.height, top + height); y++) {
      const row = y * this.width
      this.data.fill(value, (row + x0) * this.channels, (row + x1) * this.channels)
    }
  }

  /**
   * Draws a picture (side pixels row-major, this raster's channels) enlarged `scale` times, which must fit inside.
   */
  place(left: number, top: number, width: number, height: number, pixels: Uint8Array, scale = 1): void {
    const { channels, data } = this
    const row = new Uint8Array(width * scale * channels)
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = (y * width + x) * channels
        for (let s = 0; s < scale; s++) {
          for (let c = 0; c < channels; c++) row[(x * scale + s) * channels + c] = pixels[from + c]
        }
      }
      for (let s = 0; s < scale; s++) {
        data.set(row, ((top + y * scale + s) * this.width + left) * channels)
      }
    }
  }
}
