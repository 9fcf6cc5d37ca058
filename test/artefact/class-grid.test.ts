import { decode } from 'fast-png'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DistilledSet } from '#core/distilled-set'
import { matrix } from '#core/matrix'
import { distanceText, distancesOf, renderClassGrid } from '#artefact/preview/class-grid'
import { pictureGrid } from '#artefact/preview/picture-grid'
import { picturesOf } from '#artefact/preview/pictures'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { imageSet, normals, repeated } from './sets.ts'

let blas: Blas
beforeAll(async () => {
  ;({ blas } = await chooseBlas())
})
afterAll(() => blas.close())

const side = 28
/** Every point a picture of one grey value of its own. */
function flat(count: number, value: (i: number) => number, channels = 1) {
  const values = matrix(count, side * side * channels)
  for (let i = 0; i < count; i++) values.data.fill(value(i), i * values.cols, (i + 1) * values.cols)
  return { values, pictures: picturesOf(values, [side, side, channels], [0, 255]) }
}

async function sized(classes: number, perClass: number): Promise<DistilledSet> {
  const names = Array.from({ length: classes }, (_, i) => `class ${i}`)
  return repeated(await imageSet(blas, { side, target: { kind: 'class', names } }), perClass)
}

const [tile, margin, gap] = [112, 16, 6]

describe('a grid of named columns', () => {
  test('puts every picture in its column and row, enlarged by a whole factor', () => {
    const { pictures } = flat(6, (i) => 10 + i)
    const [a, b, c, d, e] = pictures.pixels
    const rows = [
      { label: '', pixels: [a, b, c] },
      { label: '', pixels: [d, undefined, e] },
    ]
    const raster = pictureGrid(pictures, [{ columns: ['x', 'y', 'z'], rows }])
    const head = margin + 8 * 3 + gap
    const at = (column: number, row: number, x = 0, y = 0) =>
      raster.data[(head + row * (tile + gap) + y) * raster.width + margin + column * (tile + gap) + x]
    for (const [x, y] of [
      [0, 0],
      [tile - 1, tile - 1],
    ]) {
      expect([0, 1, 2].map((column) => at(column, 0, x, y))).toEqual([10, 11, 12])
      expect([0, 1, 2].map((column) => at(column, 1, x, y))).toEqual([13, 255, 14])
    }
    expect([raster.width, raster.height]).toEqual([
      2 * margin + 3 * tile + 2 * gap,
      head + 2 * tile + gap + margin,
    ])
  })

  test('names and notes are written: they change the picture, and only where they stand', () => {
    const { pictures } = flat(1, () => 7)
    const draw = (name: string, note: string) =>
      pictureGrid(pictures, [
        { columns: [name], rows: [{ label: 'r', pixels: pictures.pixels, notes: [note] }] },
      ])
    const plain = draw('a', '1')
    const differing = (other: { data: Uint8Array }) =>
      Array.from(other.data, (value, t) =>
        value === plain.data[t] ? -1 : Math.floor(t / plain.width),
      ).filter((row) => row >= 0)
    const names = differing(draw('b', '1'))
    const notes = differing(draw('a', '2'))
    expect(Math.max(...names)).toBeLessThan(margin + 24)
    expect(Math.min(...notes)).toBeGreaterThan(margin + 24 + gap + tile)
  })
})

describe('points by class', () => {
  test.each([
    // classes, per class, pictures shown, columns
    [10, 1, 10, 10],
    [10, 50, 50, 10],
    [3, 2, 6, 3],
    [12, 4, 48, 6],
    [100, 5, 200, 10],
    [120, 2, 200, 10],
  ])('%i classes of %i points: %i shown in %i columns', async (classes, perClass, shown, columns) => {
    const set = await sized(classes, perClass)
    const grid = await renderClassGrid(set, { distilled: flat(set.points.rows, () => 9).pictures })
    expect(grid?.shown).toBe(shown)
    const { width } = decode(grid!.png)
    expect(width).toBe(2 * margin + columns * (tile + gap) - gap)
    expect(grid!.width).toBeLessThanOrEqual(768)
    expect(grid!.caption).toContain(
      shown === set.points.rows ? `All ${shown} points` : `${shown} of ${set.points.rows}`,
    )
  })

  test('each point stands below the real image of its own, in the column of its class', async () => {
    const set = await sized(4, 2)
    const count = set.points.rows
    const distilled = flat(count, (i) => 100 + i)
    const real = flat(count, (i) => 10 + i)
    const paired = { ...set, points: distilled.values, references: real.values }
    const grid = await renderClassGrid(paired, { distilled: distilled.pictures, real: real.pictures })
    const { data, width } = decode(grid!.png)
    const first = data.indexOf(10)
    expect(first).toBeGreaterThan(0)
    const read = (column: number, row: number) => data[first + row * width + column * (tile + gap)]
    const pair = 2 * (tile + gap) + 8 * 3 + 2 * gap
    for (let column = 0; column < 4; column++) {
      // Classes go round: the second point of a class is four points later.
      expect([read(column, 0), read(column, tile + gap)]).toEqual([10 + column, 100 + column])
      expect([read(column, pair), read(column, pair + tile + gap)]).toEqual([14 + column, 104 + column])
    }
    const [nearest] = distancesOf(paired).sort((a, b) => a - b)
    expect(grid!.caption).toContain(`(all points: ${Number(nearest.toPrecision(2))} to`)
  })

  test('colour stays colour; points without classes have no grid', async () => {
    const set = await imageSet(blas, { side, channels: 3 })
    const distilled = picturesOf(normals(10, side * side * 3, 'colours'), [side, side, 3], undefined)
    const grid = await renderClassGrid(set, { distilled })
    expect(decode(grid!.png).channels).toBe(3)
    expect(grid!.caption).toContain('not pixels')
    await expect(renderClassGrid({ ...set, classes: undefined }, { distilled })).resolves.toBeUndefined()
  })
})

describe('distances', () => {
  test('are relative to the real example', () => {
    const [points, references] = [normals(2, 4, 'points'), normals(2, 4, 'real')]
    const found = distancesOf({ points, references })
    const row = (a: typeof points, i: number) => [...a.data.subarray(4 * i, 4 * i + 4)]
    for (const i of [0, 1]) {
      const apart = row(points, i).map((value, t) => value - row(references, i)[t])
      expect(found[i]).toBeCloseTo(Math.hypot(...apart) / Math.hypot(...row(references, i)), 12)
    }
    expect(distancesOf({ points })).toEqual([])
  })

  test.each([
    [0, '0'],
    [3.2e-5, '3e-5'],
    [0.0066, '0.007'],
    [0.0996, '0.10'],
    [0.5, '0.50'],
    [12.3, '12'],
    [4321, '4e+3'],
  ])('%s is written %s', (distance, text) => expect(distanceText(distance)).toBe(text))
})
