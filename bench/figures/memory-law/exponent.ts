import { meanOf } from '#evaluate/intervals'

/** y ∝ x^slope by least squares of log y on log x. */
export interface Exponent {
  readonly slope: number
  /** 95 % interval from the scatter of the points (Student's t). */
  readonly interval: readonly [number, number]
  readonly points: number
}

/** @param pairs at least three, of positive numbers, with two different x */
export function exponentOf(pairs: readonly (readonly [x: number, y: number])[]): Exponent {
  const xs = pairs.map(([x]) => Math.log(x))
  const ys = pairs.map(([, y]) => Math.log(y))
  const [mx, my] = [meanOf(xs), meanOf(ys)]
  let sxx = 0
  let sxy = 0
  for (let i = 0; i < xs.length; i++) {
    sxx += (xs[i] - mx) ** 2
    sxy += (xs[i] - mx) * (ys[i] - my)
  }
  const slope = sxy / sxx
  let squares = 0
  for (let i = 0; i < xs.length; i++) squares += (ys[i] - my - slope * (xs[i] - mx)) ** 2
  const freedom = xs.length - 2
  const half = studentQuantile(freedom) * Math.sqrt(squares / freedom / sxx)
  return { slope, interval: [slope - half, slope + half], points: xs.length }
}

/** Two-sided 95 % point of Student's t distribution, by bisection of its integral (Simpson's rule). */
export function studentQuantile(freedom: number): number {
  // ∫ (1 + t²/ν)^(−(ν+1)/2) dt with t = √ν tan θ is √ν ∫ cos^(ν−1) θ dθ.
  const area = (angle: number): number => {
    const steps = 400
    let sum = 0
    for (let i = 0; i <= steps; i++) {
      const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2
      sum += weight * Math.cos((angle * i) / steps) ** (freedom - 1)
    }
    return (sum * angle) / (3 * steps)
  }
  const whole = area(Math.PI / 2)
  let low = 0
  let high = Math.PI / 2
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (area(middle) < 0.95 * whole) low = middle
    else high = middle
  }
  return Math.sqrt(freedom) * Math.tan(low)
}
