import type { DistilledSet } from '#core/distilled-set'
import { rowsOf, type Matrix } from '#core/matrix'
import { drawable } from './bitmap-font.ts'
import { heatMap } from './heat-map.ts'
import type { Pictures } from './pictures.ts'
import { compressedPng } from './png.ts'
import { pictureSheet } from './sheet.ts'

/** Pictures of the points, where they are images. */
export interface PointPictures {
  readonly distilled: Pictures
  readonly real?: Pictures
}

export interface Preview {
  readonly png: Uint8Array
  readonly width: number
  readonly height: number
  /** What the picture shows, in words: its alternative text. */
  readonly caption: string
}

/** Points shown; more would make a sheet that nobody can read. */
const mostShown = 1000

/**
 * The points as one picture: images as a labelled grid (real beside distilled where there are references), vectors as
 * a heat map of the preprocessed values.
 * @param columns names of the input columns, where there are p of them
 */
export async function renderPreview(
  set: DistilledSet,
  pictures: PointPictures | undefined,
  columns?: readonly string[],
): Promise<Preview> {
  const shown = Math.min(set.points.rows, mostShown)
  const names = pointNames(set, shown)
  const cut = shown < set.points.rows ? `the first ${shown} of ${set.points.rows}` : `the ${shown}`
  if (!pictures) {
    const drawableColumns = columns?.map((name, j) => drawable(name) ?? `#${j}`)
    const raster = heatMap({ values: firstRows(set.points, shown), names, columns: drawableColumns })
    return {
      png: await compressedPng(raster),
      width: raster.width,
      height: raster.height,
      caption: `Heat map: one row for each of ${cut} distilled points, one column for each of the ${set.points.cols} features (preprocessed); blue is negative, red positive.`,
    }
  }
  const { distilled, real } = pictures
  const raster = pictureSheet({
    pictures: firstPictures(distilled, shown),
    ...(real && { references: firstPictures(real, shown) }),
    names,
    classes: set.classes,
  })
  const beside = real ? ', each beside the real image that it stays near' : ''
  const scale = distilled.stretched
    ? ' Their values are not pixels: each is shown between its own 1st and 99th percentile.'
    : ''
  return {
    png: await compressedPng(raster),
    width: raster.width,
    height: raster.height,
    caption: `Grid of ${cut} distilled images${beside}.${scale}`,
  }
}

function pointNames(set: DistilledSet, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    if (!set.classes) return `#${i}`
    const index = set.classes[i]
    return drawable(set.target.names[index]) ?? `class ${index}`
  })
}

function firstRows(a: Matrix, count: number): Matrix {
  return count === a.rows ? a : rowsOf(a, 0, count)
}

function firstPictures(pictures: Pictures, count: number): Pictures {
  return { ...pictures, pixels: pictures.pixels.slice(0, count) }
}
