import type { IndexedRandom } from '#core/random'
import { glyphShapes } from './glyph-shapes.ts'
import { flattenPath, type Strokes } from './stroke.ts'

export const glyphSide = 28
const pixels = glyphSide * glyphSide

/** Side in pixels of the box in which a digit of nominal size is drawn, as in MNIST. */
const boxSide = 19
/** Pixels that the middle of a stroke keeps from the edge of the image, where the digit is not too large. */
const margin = 2.5
/** Control points per side of the elastic net. */
const net = 4

interface Shape extends Strokes {
  /** count × 16: Bernstein weights of the elastic net at each point. */
  readonly weights: Float64Array
}

const shapes: readonly (readonly Shape[])[] = glyphShapes.map((paths) => paths.map(shapeOf))
const mostPoints = Math.max(...shapes.flat().map((shape) => shape.count))

/** Draws one digit at a time into a 28 × 28 image; it owns its working memory, so one pen serves one caller. */
export interface GlyphPen {
  /** Draws the image of the index that `random` was last sent to, and returns its class. */
  draw(random: IndexedRandom, image: Uint8Array, offset: number): number
}

/**
 * A pen that draws with random affine map, elastic distortion, stroke width, pressure, intensity and noise. Only
 * + − × ÷ and square roots are used, so an image is the same bytes in every engine.
 */
export function glyphPen(): GlyphPen {
  const x = new Float64Array(mostPoints)
  const y = new Float64Array(mostPoints)
  const radius = new Float64Array(mostPoints)
  const netX = new Float64Array(net * net)
  const netY = new Float64Array(net * net)
  const ink = new Float32Array(pixels)

  const place = (shape: Shape, random: IndexedRandom): void => {
    // Rotation by the half-angle tangent: cos and sin without trigonometry.
    const tangent = 0.055 * random.bell()
    const norm = 1 + tangent * tangent
    const cos = (1 - tangent * tangent) / norm
    const sin = (2 * tangent) / norm
    const slant = 0.12 + 0.17 * random.bell()
    const width = boxSide * (0.95 + 0.14 * random.bell())
    const height = boxSide * (1 + 0.08 * random.bell())
    const centreX = glyphSide / 2 - 0.5 + 0.9 * random.bell()
    const centreY = glyphSide / 2 - 0.5 + 0.9 * random.bell()
    for (let j = 0; j < net * net; j++) {
      netX[j] = 0.13 * random.bell()
      netY[j] = 0.13 * random.bell()
    }
    const pen = 1.2 + 0.3 * random.bell()
    const pressure = 0.2 * random.bell()
    for (let i = 0; i < shape.count; i++) {
      let u = shape.x[i]
      let v = shape.y[i]
      for (let j = 0; j < net * net; j++) {
        const weight = shape.weights[i * net * net + j]
        u += weight * netX[j]
        v += weight * netY[j]
      }
      const across = width * (u - slant * v)
      const down = height * v
      x[i] = centreX + cos * across - sin * down
      y[i] = centreY + sin * across + cos * down
      radius[i] = Math.max(0.55, pen * (1 + pressure * v))
    }
    keepInside(x, shape.count)
    keepInside(y, shape.count)
  }

  const stroke = (shape: Shape, edge: number): void => {
    ink.fill(0)
    for (let i = 0; i < shape.count; i++) {
      if (shape.joined[i] === 1) segment(i, edge)
    }
  }

  const segment = (i: number, edge: number): void => {
    const ax = x[i]
    const ay = y[i]
    const dx = x[i + 1] - ax
    const dy = y[i + 1] - ay
    const ra = radius[i]
    const dr = radius[i + 1] - ra
    const reach = Math.max(ra, ra + dr) + edge
    const left = Math.max(0, Math.ceil(Math.min(ax, ax + dx) - reach))
    const right = Math.min(glyphSide - 1, Math.floor(Math.max(ax, ax + dx) + reach))
    const top = Math.max(0, Math.ceil(Math.min(ay, ay + dy) - reach))
    const bottom = Math.min(glyphSide - 1, Math.floor(Math.max(ay, ay + dy) + reach))
    const inverse = 1 / (dx * dx + dy * dy + 1e-9)
    const slope = 1 / (2 * edge)
    for (let row = top; row <= bottom; row++) {
      const py = row - ay
      for (let column = left; column <= right; column++) {
        const px = column - ax
        const t = Math.min(1, Math.max(0, (px * dx + py * dy) * inverse))
        const ex = px - t * dx
        const ey = py - t * dy
        const square = ex * ex + ey * ey
        if (square >= reach * reach) continue
        const cover = (ra + t * dr + edge - Math.sqrt(square)) * slope
        const at = row * glyphSide + column
        if (cover > ink[at]) ink[at] = cover
      }
    }
  }

  const expose = (random: IndexedRandom, image: Uint8Array, offset: number): void => {
    const level = 205 + 50 * random.uniform()
    const grain = 2 + 14 * random.uniform()
    for (let at = 0; at < pixels; at += 4) {
      let word = random.uint32()
      for (let k = 0; k < 4; k++) {
        const noise = ((word & 255) - 127.5) * (grain / 127.5)
        word >>>= 8
        const value = level * Math.min(1, ink[at + k]) + noise
        image[offset + at + k] = value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5
      }
    }
  }

  return {
    draw(random, image, offset) {
      const label = Math.floor(random.uniform() * shapes.length)
      const ways = shapes[label]
      const shape = ways[Math.floor(random.uniform() * ways.length)]
      place(shape, random)
      stroke(shape, 0.5 + 0.5 * random.uniform())
      expose(random, image, offset)
      return label
    },
  }
}

/** Shifts coordinates the least way that leaves the margin free on both sides, or centres what is too long. */
function keepInside(values: Float64Array, count: number): void {
  let least = values[0]
  let most = values[0]
  for (let i = 1; i < count; i++) {
    if (values[i] < least) least = values[i]
    if (values[i] > most) most = values[i]
  }
  const low = margin - least
  const high = glyphSide - 1 - margin - most
  const shift = low > high ? (low + high) / 2 : low > 0 ? low : high < 0 ? high : 0
  for (let i = 0; i < count; i++) values[i] += shift
}

function shapeOf(path: string): Shape {
  const strokes = flattenPath(path)
  const weights = new Float64Array(strokes.count * net * net)
  for (let i = 0; i < strokes.count; i++) {
    const across = bernstein(strokes.x[i] / 100)
    const down = bernstein(strokes.y[i] / 100)
    for (let j = 0; j < net * net; j++) {
      weights[i * net * net + j] = down[Math.floor(j / net)] * across[j % net]
    }
  }
  return {
    ...strokes,
    x: strokes.x.map((value) => value / 100 - 0.5),
    y: strokes.y.map((value) => value / 100 - 0.5),
    weights,
  }
}

/** The four cubic Bernstein polynomials at t. */
function bernstein(t: number): [number, number, number, number] {
  const s = 1 - t
  return [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t]
}
