import { drawText, fitted, textHeight, textWidth } from './bitmap-font.ts'
import type { Pictures } from './pictures.ts'
import { Raster } from './raster.ts'
import { reducedBy } from './reduce.ts'

export interface SheetInput {
  readonly pictures: Pictures
  /** The real examples that the points stay near, in the same order. */
  readonly references?: Pictures
  /** What stands under or beside each picture. */
  readonly names: readonly string[]
  /** Class of each picture, where it has one. */
  readonly classes?: ArrayLike<number>
}

const sheetWidth = 736
const gap = 3
const margin = 8
/** From this many pictures of a class on, each class has rows of its own. */
const rowsFrom = 3

/** A labelled grid of pictures: rows by class where classes have many, else captions under each; real beside distilled. */
export function pictureSheet(input: SheetInput): Raster {
  const { names, classes } = input
  const scaled = fitToSheet(input)
  const { tileWidth, tileHeight } = scaled
  const count = names.length
  const groups = classes ? groupsOf(classes, count) : []
  const largest = Math.max(0, ...groups.map((group) => group.length))
  const byClass = largest >= rowsFrom
  const roomy = names.every((name) => textWidth(name, 2) <= tileWidth)
  const textScale = tileWidth >= 80 && (byClass || roomy) ? 2 : 1
  const lineHeight = textHeight * textScale
  const labels = byClass
    ? Math.min(160, Math.max(...names.map((name) => textWidth(name, textScale)))) + 2 * gap
    : 0
  const room = Math.max(1, Math.floor((sheetWidth - 2 * margin - labels + gap) / (tileWidth + gap)))

  const rows: { label?: string; members: readonly number[] }[] = []
  if (byClass) {
    for (const group of groups) rows.push(...evenRows(group, room, names[group[0]]))
  } else {
    const all = Array.from({ length: count }, (_, i) => i)
    const perRow = groups.length > 0 && groups.length <= room ? groups.length : room
    rows.push(...evenRows(all, perRow))
  }
  const columns = Math.max(...rows.map(({ members }) => members.length))
  const caption = byClass ? 0 : lineHeight + 2
  const head = scaled.references ? 'each pair: real left, distilled right' : ''
  const headHeight = head ? textHeight + gap : 0
  const width = Math.max(
    2 * margin + labels + columns * (tileWidth + gap) - gap,
    head ? 2 * margin + textWidth(head) : 0,
  )
  const height = 2 * margin + headHeight + rows.length * (tileHeight + caption + gap) - gap
  const raster = new Raster(width, height, scaled.pictures.channels, { paper: 255, ink: 48 })
  drawText(raster, margin, margin, head)
  rows.forEach(({ label, members }, row) => {
    const top = margin + headHeight + row * (tileHeight + caption + gap)
    if (label !== undefined) {
      const text = fitted(label, labels - 2 * gap, textScale)
      drawText(raster, margin, top + Math.max(0, (tileHeight - lineHeight) >> 1), text, { scale: textScale })
    }
    members.forEach((index, column) => {
      const left = margin + labels + column * (tileWidth + gap)
      drawTile(raster, scaled, index, left, top)
      if (byClass) return
      const text = fitted(names[index], tileWidth, textScale)
      const indent = (tileWidth - textWidth(text, textScale)) >> 1
      drawText(raster, left + Math.max(0, indent), top + tileHeight + 2, text, { scale: textScale })
    })
  })
  return raster
}

interface ScaledSheet extends SheetInput {
  readonly scale: number
  readonly tileWidth: number
  readonly tileHeight: number
}

/** Enlarges small pictures where they are few, and reduces large ones where they are many, by whole factors. */
function fitToSheet(input: SheetInput): ScaledSheet {
  const { width, height } = input.pictures
  const count = input.names.length
  const wanted = count <= 24 ? 112 : count <= 120 ? 56 : 28
  const side = Math.max(width, height)
  const factor = Math.max(1, Math.round(side / Math.max(wanted, 64)))
  const pictures = reducedBy(input.pictures, factor)
  const references = input.references && reducedBy(input.references, factor)
  const scale = Math.max(1, Math.floor(wanted / Math.max(pictures.width, pictures.height)))
  const one = pictures.width * scale
  return {
    ...input,
    pictures,
    references,
    scale,
    tileWidth: references ? 2 * one + 1 : one,
    tileHeight: pictures.height * scale,
  }
}

function drawTile(raster: Raster, sheet: ScaledSheet, index: number, left: number, top: number): void {
  const { pictures, references, scale } = sheet
  const { width, height } = pictures
  if (references) raster.place(left, top, width, height, references.pixels[index], scale)
  const right = references ? left + width * scale + 1 : left
  raster.place(right, top, width, height, pictures.pixels[index], scale)
}

function evenRows(members: readonly number[], room: number, label?: string) {
  const lines = Math.ceil(members.length / room)
  const perLine = Math.ceil(members.length / lines)
  return Array.from({ length: lines }, (_, line) => ({
    ...(line === 0 && label !== undefined && { label }),
    members: members.slice(line * perLine, (line + 1) * perLine),
  }))
}

/** Indices of each class that occurs, in the order of classes. */
export function groupsOf(classes: ArrayLike<number>, count: number): number[][] {
  const groups = new Map<number, number[]>()
  for (let i = 0; i < count; i++) {
    const group = groups.get(classes[i])
    if (group) group.push(i)
    else groups.set(classes[i], [i])
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, members]) => members)
}
