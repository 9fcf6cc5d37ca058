import { describe, expect, it } from 'vitest'
import { matrix } from '#core/matrix'
import { fromGrid, gridOf, toGrid } from '#core/point-grid'
import { randomStream } from '#core/random'

function normals(rows: number, cols: number) {
  const result = matrix(rows, cols)
  randomStream(1, 'grid', rows, cols).fillNormal(result.data)
  return result
}

describe.each([
  ['uint8', 255],
  ['uint16', 65535],
] as const)('%s', (storage, levels) => {
  it('moves no value by more than half a step, and columns keep their ends', () => {
    const points = normals(40, 7)
    const grid = gridOf(points, storage)
    const moved = fromGrid(toGrid(points, grid), grid)
    for (let j = 0; j < 7; j++) {
      const column = Array.from({ length: 40 }, (_, i) => points.data[i * 7 + j])
      expect(grid.step[j]).toBeCloseTo((Math.max(...column) - Math.min(...column)) / levels, 12)
      expect(grid.offset[j]).toBe(Math.min(...column))
    }
    moved.data.forEach((value, t) => {
      expect(Math.abs(value - points.data[t])).toBeLessThanOrEqual(0.5 * grid.step[t % 7] * (1 + 1e-12))
    })
  })

  it('keeps what lies on it to the last bit', () => {
    const points = normals(30, 5)
    const grid = gridOf(points, storage)
    const once = fromGrid(toGrid(points, grid), grid)
    expect(fromGrid(toGrid(once, grid), grid)).toEqual(once)
  })

  it('has a step of 0 for a column of one value, and for a single point', () => {
    const points = matrix(3, 2, Float64Array.of(5, 1, 5, 2, 5, 3))
    const grid = gridOf(points, storage)
    expect(grid.step[0]).toBe(0)
    expect(Array.from(fromGrid(toGrid(points, grid), grid).data).filter((_, t) => t % 2 === 0)).toEqual([
      5, 5, 5,
    ])
    const one = normals(1, 1)
    expect(fromGrid(toGrid(one, gridOf(one, storage)), gridOf(one, storage))).toEqual(one)
  })

  it('spans numbers of very different size', () => {
    const points = matrix(2, 1, Float64Array.of(-8e307, 8e307))
    const grid = gridOf(points, storage)
    fromGrid(toGrid(points, grid), grid).data.forEach((value) => expect(Number.isFinite(value)).toBe(true))
  })
})
