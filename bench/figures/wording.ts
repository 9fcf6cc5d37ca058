import type { Score } from './answers.ts'

/** 86.15 % [85.46, 86.81], or 0.4338 [0.4221, 0.4455] for r². */
export function scoreText({ metric, value, interval }: Omit<Score, 'n'>): string {
  const [low, high] = interval
  if (metric === 'accuracy') return `${percent(value)} [${hundredths(low)}, ${hundredths(high)}]`
  return `${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`
}

export function percent(share: number): string {
  return `${hundredths(share)} %`
}

/** 5.07e-8; 0.0521 above a hundredth. */
export function small(value: number): string {
  return value === 0 ? '0' : value < 0.01 ? value.toExponential(2) : value.toPrecision(3)
}

/** 316.2, 1e-6 */
export function ridgeText(ridge: number): string {
  return ridge > 0 && ridge < 0.001 ? ridge.toExponential() : String(Number(ridge.toPrecision(4)))
}

export function seconds(value: number): string {
  return value < 10 ? value.toFixed(3) : value.toFixed(1)
}

/** 60 000 */
export function group(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ')
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}

export function yesNo(holds: boolean): string {
  return holds ? 'yes' : '**no**'
}

function hundredths(share: number): string {
  return (100 * share).toFixed(2)
}
