import { RetortError } from '#core/errors'

/** A pen path as points of the plane; consecutive points of one stroke are joined by straight segments. */
export interface Strokes {
  /** Number of points. */
  readonly count: number
  readonly x: Float64Array
  readonly y: Float64Array
  /** 1 where a segment runs from this point to the next, 0 at the end of a stroke. */
  readonly joined: Uint8Array
}

const segmentsPerCurve = 7
const segmentsPerLine = 4

/**
 * Flattens a path in the notation of SVG with absolute coordinates and the commands M, L and C.
 * @param path e.g. `M 50 0 L 50 100`
 */
export function flattenPath(path: string): Strokes {
  const points: [number, number][] = []
  const joined: number[] = []
  const add = (x: number, y: number, starts: boolean): void => {
    if (joined.length > 0) joined[joined.length - 1] = starts ? 0 : 1
    points.push([x, y])
    joined.push(0)
  }
  for (const [, command, list] of path.matchAll(/([A-Z])([^A-Z]*)/g)) {
    const numbers = list.trim().split(/\s+/).map(Number)
    const [x0, y0] = points.at(-1) ?? [0, 0]
    if (command === 'M' && numbers.length === 2) {
      add(numbers[0], numbers[1], true)
    } else if (command === 'L' && numbers.length === 2) {
      const [x1, y1] = numbers
      for (let i = 1; i <= segmentsPerLine; i++) {
        const t = i / segmentsPerLine
        add(x0 + t * (x1 - x0), y0 + t * (y1 - y0), false)
      }
    } else if (command === 'C' && numbers.length === 6) {
      const [x1, y1, x2, y2, x3, y3] = numbers
      for (let i = 1; i <= segmentsPerCurve; i++) {
        const t = i / segmentsPerCurve
        add(cubic(x0, x1, x2, x3, t), cubic(y0, y1, y2, y3, t), false)
      }
    } else {
      throw new RetortError({
        code: 'bug/stroke-path',
        message: `the path "${path}" holds the command "${command}${list}"`,
        hint: 'use M, L and C with absolute coordinates',
      })
    }
  }
  return {
    count: points.length,
    x: Float64Array.from(points, ([x]) => x),
    y: Float64Array.from(points, ([, y]) => y),
    joined: Uint8Array.from(joined),
  }
}

function cubic(a: number, b: number, c: number, d: number, t: number): number {
  const s = 1 - t
  return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d
}
