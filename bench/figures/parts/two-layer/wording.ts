/** Three digits, or three decimals where it is larger than a hundredth. */
export function error(value: number): string {
  if (value === 0) return '0'
  return value >= 0.01 ? value.toFixed(3) : value.toPrecision(2)
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Population standard deviation; 0 of one. */
export function deviation(values: readonly number[]): number {
  const centre = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)))
}
