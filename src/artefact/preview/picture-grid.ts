import { drawText, fitted, textHeight, textWidth } from './bitmap-font.ts'
import type { Pictures } from './pictures.ts'
import { Raster } from './raster.ts'

/** One row of pictures, a place for each column; a place may stay empty. */
export interface GridRow {
  /** What stands left of it, in letters that the font has. */
  readonly label: string
  readonly pixels: readonly (Uint8Array | undefined)[]
  /** What stands under each picture. */
  readonly notes?: readonly string[]
}

/** Rows under the names of their columns. */
export interface GridBand {
  readonly columns: readonly string[]
  readonly rows: readonly GridRow[]
}

const margin = 16
const gap = 6
const betweenBands = 14
/** Pixels of a picture's longer side. The grid is shown at half its size, so that it is sharp on any screen. */
const wantedSide = 128
/** Of labels beside the rows; names and notes are larger where they all fit. */
const labelScale = 2
const largeScale = 3

/** Bands of named columns one under the other. All pictures have the size and the channels of `kind`. */
export function pictureGrid(
  kind: Pick<Pictures, 'width' | 'height' | 'channels'>,
  bands: readonly GridBand[],
): Raster {
  const scale = Math.max(1, Math.floor(wantedSide / Math.max(kind.width, kind.height)))
  const tile = { width: kind.width * scale, height: kind.height * scale }
  const scaleOf = (texts: readonly string[]) =>
    texts.every((text) => textWidth(text, largeScale) <= tile.width) ? largeScale : labelScale
  const head = scaleOf(bands.flatMap((band) => band.columns))
  const note = scaleOf(bands.flatMap(({ rows }) => rows.flatMap(({ notes = [] }) => notes)))
  const labels = Math.max(
    ...bands.flatMap(({ rows }) => rows.map(({ label }) => textWidth(label, labelScale))),
  )
  const left = margin + (labels > 0 ? labels + 2 * gap : 0)
  const rowHeight = ({ notes }: GridRow) => tile.height + gap + (notes ? textHeight * note + 2 * gap : 0)
  const bandHeight = ({ rows }: GridBand) =>
    textHeight * head + gap + rows.reduce((sum, row) => sum + rowHeight(row), 0)
  const columns = Math.max(...bands.map((band) => band.columns.length))
  const raster = new Raster(
    left + columns * (tile.width + gap) - gap + margin,
    2 * margin - gap + bands.reduce((sum, band) => sum + bandHeight(band) + betweenBands, -betweenBands),
    kind.channels,
    { paper: 255, ink: 48 },
  )
  const centred = (column: number, top: number, text: string, size: number) => {
    const shown = fitted(text, tile.width, size)
    const indent = Math.max(0, (tile.width - textWidth(shown, size)) >> 1)
    drawText(raster, left + column * (tile.width + gap) + indent, top, shown, { scale: size })
  }
  let top = margin
  for (const band of bands) {
    band.columns.forEach((name, column) => centred(column, top, name, head))
    let y = top + textHeight * head + gap
    for (const row of band.rows) {
      const middle = y + Math.max(0, (tile.height - textHeight * labelScale) >> 1)
      drawText(raster, margin, middle, row.label, { scale: labelScale })
      row.pixels.forEach((pixels, column) => {
        const x = left + column * (tile.width + gap)
        if (pixels) raster.place(x, y, kind.width, kind.height, pixels, scale)
      })
      row.notes?.forEach((text, column) => centred(column, y + tile.height + gap, text, note))
      y += rowHeight(row)
    }
    top += bandHeight(band) + betweenBands
  }
  return raster
}
