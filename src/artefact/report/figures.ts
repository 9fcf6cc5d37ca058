import type { Score } from '#core/evaluation'

const powers = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** A number for people: up to `digits` significant digits, grouped, with a power of ten where it is very large or small. */
export function figure(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e9) return grouped(value)
  if (size >= 1e6 || size < 1e-3) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e')
    const factor = mantissa.replace(/\.?0+$/, '').replace('-', '−')
    return `${factor} × 10${raised(Number(exponent))}`
  }
  const rounded = Number(value.toPrecision(digits))
  return Number.isInteger(rounded) ? grouped(rounded) : String(rounded).replace('-', '−')
}

/** A score with its unit: per cent for an accuracy, a plain number for R². */
export function scoreText(value: number, metric: Score['metric']): string {
  return metric === 'accuracy' ? `${(100 * value).toFixed(2)} %` : value.toFixed(4).replace('-', '−')
}

export function intervalText({ interval, metric }: Score): string {
  const [low, high] = interval
  return metric === 'accuracy'
    ? `${(100 * low).toFixed(2)} to ${(100 * high).toFixed(2)} %`
    : `${scoreText(low, metric)} to ${scoreText(high, metric)}`
}

export function metricName(metric: Score['metric']): string {
  return metric === 'accuracy' ? 'accuracy' : 'R²'
}

export function plural(count: number, noun: string): string {
  return `${figure(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** A share in per cent, rounded down, so that 100 % means all. */
export function sharePercent(part: number, whole: number): string {
  return whole === 0 ? 'none' : `${(Math.floor((10000 * part) / whole) / 100).toFixed(2)} %`
}

function grouped(value: number): string {
  return String(value)
    .replace('-', '−')
    .replace(/\B(?=(\d{3})+$)/g, ' ')
}

function raised(exponent: number): string {
  return String(exponent)
    .replace('-', '⁻')
    .replace(/\d/g, (digit) => powers[Number(digit)])
}
