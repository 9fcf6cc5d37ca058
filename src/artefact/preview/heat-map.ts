import type { Matrix } from '#core/matrix'
import { diverging } from './colours.ts'
import { drawText, fitted, textHeight, textWidth } from './bitmap-font.ts'
import { Raster } from './raster.ts'

export interface HeatMapInput {
  /** m × p; one row of cells per point. */
  readonly values: Matrix
  /** What stands beside each row. */
  readonly names: readonly string[]
  /** Drawable names of the columns, where there are some. */
  readonly columns?: readonly string[]
}

const margin = 8
const wantedWidth = 660
const wantedHeight = 560
/** Byte values of paper and ink; colours take those below. */
const paper = diverging.length
const ink = diverging.length + 1
const legendWidth = 120

/** Points as a heat map: blue below zero, white at zero, red above, to the 99th percentile of the sizes. */
export function heatMap({ values, names, columns }: HeatMapInput): Raster {
  const { rows, cols } = values
  const limit = percentileOfSizes(values.data)
  const binned = Math.max(1, Math.ceil(cols / wantedWidth))
  const shown = Math.ceil(cols / binned)
  const cellWidth = clamp(Math.floor(wantedWidth / shown), 1, 36)
  const cellHeight = clamp(Math.floor(wantedHeight / rows), 1, 24)
  const named = cellHeight >= textHeight
  const labels = named ? Math.min(150, Math.max(...names.map((name) => textWidth(name)))) + 6 : 0
  const heads = columns && columns.length === cols && binned === 1 && cellWidth >= textHeight ? columns : []
  const headHeight = Math.min(120, Math.max(0, ...heads.map((name) => textWidth(name) + 4)))
  const left = margin + labels
  const top = margin + headHeight
  const legendTop = top + rows * cellHeight + 8
  const raster = new Raster(
    Math.max(left + shown * cellWidth, margin + legendWidth) + margin,
    legendTop + textHeight + margin + 12,
    1,
    { paper, ink, palette: [...diverging, [255, 255, 255], [48, 48, 48]] },
  )
  heads.forEach((name, j) => {
    const text = fitted(name, headHeight - 4)
    drawText(raster, left + j * cellWidth + ((cellWidth - textHeight) >> 1), top - 5, text, { upwards: true })
  })
  for (let i = 0; i < rows; i++) {
    const y = top + i * cellHeight
    if (named) drawText(raster, margin, y + ((cellHeight - textHeight) >> 1), fitted(names[i], labels - 6))
    for (let j = 0; j < shown; j++) {
      const value = extremeOf(values.data, i * cols + j * binned, Math.min(binned, cols - j * binned))
      raster.fill(left + j * cellWidth, y, cellWidth, cellHeight, colourIndex(value, limit))
    }
  }
  drawLegend(raster, legendTop, limit)
  return raster
}

function drawLegend(raster: Raster, top: number, limit: number): void {
  for (let x = 0; x < legendWidth; x++) {
    raster.fill(margin + x, top, 1, 8, Math.round((x / (legendWidth - 1)) * (diverging.length - 1)))
  }
  const high = limit.toPrecision(2)
  drawText(raster, margin, top + 11, `-${high}`)
  drawText(raster, margin + (legendWidth >> 1) - 3, top + 11, '0')
  drawText(raster, margin + legendWidth - textWidth(high), top + 11, high)
}

function colourIndex(value: number, limit: number): number {
  const share = limit === 0 ? 0 : clamp(value / limit, -1, 1)
  return Math.round(((share + 1) / 2) * (diverging.length - 1))
}

/** Of columns that share a pixel the value farthest from zero, so that nothing large is hidden. */
function extremeOf(data: Float64Array, start: number, count: number): number {
  let extreme = data[start]
  for (let i = start + 1; i < start + count; i++) if (Math.abs(data[i]) > Math.abs(extreme)) extreme = data[i]
  return extreme
}

function percentileOfSizes(data: Float64Array): number {
  const size = Math.min(65536, data.length)
  const sample = Float64Array.from({ length: size }, (_, i) =>
    Math.abs(data[Math.floor((i * data.length) / size)]),
  )
  sample.sort()
  return sample[Math.round(0.99 * (size - 1))] || sample[size - 1]
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value))
}
