import type { DistilledSet } from '#core/distilled-set'
import { figure } from '../report/figures.ts'
import { drawable } from './bitmap-font.ts'
import type { GridBand } from './picture-grid.ts'
import { pictureGrid } from './picture-grid.ts'
import { compressedPng } from './png.ts'
import type { PointPictures, Preview } from './preview.ts'
import { reducedBy } from './reduce.ts'
import { groupsOf } from './sheet.ts'

/** Columns side by side; more classes go on below. */
const mostColumns = 10
const mostBands = 10
/** Pictures below one another in all bands together, and in one band. */
const tallest = 20
const mostRows = 5
const mostPairs = 4
/** Longer side of a picture; larger ones are reduced. */
const largestSide = 128

/** A grid with how many of the points it shows. */
export interface ClassGrid extends Preview {
  readonly shown: number
}

/**
 * The points class by class, as Figures 1 and 2 of Chen, Huang, Weng 2024 show them: a named column for each class, its
 * points below one another; where points stay near real images, each below its own, with the distance between the two.
 * @returns undefined where points have no class
 */
export async function renderClassGrid(
  set: DistilledSet,
  pictures: PointPictures,
): Promise<ClassGrid | undefined> {
  const { classes, target, points } = set
  if (!classes) return undefined
  const factor = Math.max(
    1,
    Math.ceil(Math.max(pictures.distilled.width, pictures.distilled.height) / largestSide),
  )
  const distilled = reducedBy(pictures.distilled, factor)
  const real = pictures.real && reducedBy(pictures.real, factor)
  const groups = groupsOf(classes, points.rows)
  const bandCount = Math.min(mostBands, Math.ceil(groups.length / mostColumns))
  const columns = Math.min(mostColumns, Math.ceil(groups.length / bandCount))
  const most = real ? mostPairs : mostRows
  const depth = Math.min(
    Math.max(...groups.map((group) => group.length)),
    Math.max(1, Math.min(most, Math.floor(tallest / (bandCount * (real ? 2 : 1))))),
  )
  const distances = real ? distancesOf(set) : []
  const bands: GridBand[] = []
  const shown = new Set<number>()
  for (let from = 0; from < groups.length && bands.length < bandCount; from += columns) {
    const members = groups.slice(from, from + columns)
    const rows: GridBand['rows'][number][] = []
    for (let i = 0; i < depth; i++) {
      const here = members.map((group): number | undefined => group[i])
      const pixelsOf = (of: typeof distilled) =>
        here.map((index) => (index === undefined ? undefined : of.pixels[index]))
      for (const index of here) if (index !== undefined) shown.add(index)
      if (!real) {
        rows.push({ label: '', pixels: pixelsOf(distilled) })
        continue
      }
      const notes = here.map((index) => (index === undefined ? '' : distanceText(distances[index])))
      rows.push({ label: 'real', pixels: pixelsOf(real) })
      rows.push({ label: 'distilled', pixels: pixelsOf(distilled), notes })
    }
    bands.push({
      columns: members.map(([first]) => nameOf(target.names[classes[first]], classes[first])),
      rows,
    })
  }
  const raster = pictureGrid(distilled, bands)
  return {
    png: await compressedPng(raster),
    width: Math.round(raster.width / 2),
    height: Math.round(raster.height / 2),
    caption: captionOf({ shown: shown.size, points: points.rows, distances, stretched: distilled.stretched }),
    shown: shown.size,
  }
}

/** ‖x_S − x̂‖ / ‖x̂‖ of every point and the real example that it stays near, preprocessed. */
export function distancesOf({ points, references }: Pick<DistilledSet, 'points' | 'references'>): number[] {
  if (!references) return []
  const { rows, cols } = points
  return Array.from({ length: rows }, (_, i) => {
    let apart = 0
    let whole = 0
    for (let t = i * cols; t < (i + 1) * cols; t++) {
      apart += (points.data[t] - references.data[t]) ** 2
      whole += references.data[t] ** 2
    }
    return whole === 0 ? Math.sqrt(apart) : Math.sqrt(apart / whole)
  })
}

/** A distance in few letters that the bitmap font has: 0.57, 0.007, 3e-5. */
export function distanceText(distance: number): string {
  if (distance === 0) return '0'
  if (distance < 1e-3 || distance >= 100) return distance.toExponential(0)
  return distance.toPrecision(distance < 0.01 ? 1 : 2)
}

function nameOf(name: string, index: number): string {
  return drawable(name) ?? `class ${index}`
}

interface Shown {
  readonly shown: number
  readonly points: number
  readonly distances: readonly number[]
  readonly stretched: boolean
}

function captionOf({ shown, points, distances, stretched }: Shown): string {
  const part =
    shown < points ? `${figure(shown)} of ${figure(points)} points` : `All ${figure(points)} points`
  const pairs =
    distances.length > 0
      ? `, each below the real image that it stays near; under it the distance between the two, relative to the real one and as the model sees them (all points: ${figure(Math.min(...distances), 2)} to ${figure(Math.max(...distances), 2)})`
      : ''
  const scale = stretched
    ? ' Their values are not pixels: each is shown between its own 1st and 99th percentile.'
    : ''
  return `${part}, a column for each class${pairs}.${scale}`
}
