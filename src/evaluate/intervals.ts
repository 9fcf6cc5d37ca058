/** Two-sided 95 % point of the standard normal distribution. */
export const z95 = 1.959963984540054

export type Interval = readonly [lower: number, upper: number]

/**
 * Wilson's 95 % score interval for a share. It never leaves [0, 1] and keeps its coverage where the share is
 * close to 0 or 1 and where n is small.
 * @param share share observed, 0..1; an average over repetitions may fall between multiples of 1/n
 * @param n examples behind it, ≥ 1
 * @see E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927);
 * L. D. Brown, T. T. Cai, A. DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16 (2001)
 */
export function wilsonInterval(share: number, n: number): Interval {
  const z2 = z95 * z95
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n)
  const half = (z95 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))
  return [share === 0 ? 0 : Math.max(0, centre - half), share === 1 ? 1 : Math.min(1, centre + half)]
}

/** Sample standard deviation (divisor n − 1); 0 for a single value. */
export function sampleDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0
  const mean = meanOf(values)
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return Math.sqrt(squares / (values.length - 1))
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
