import type { DistilledSet } from '#core/distilled-set'
import type { Storage } from '#core/storage'

/** One row per point: the inputs (preprocessed), then the label values as `y:NAME`; every number reads back exactly. */
export function encodeCsv(set: DistilledSet, storage: Storage, columns?: readonly string[]): string {
  const { points, labels, target } = set
  const inputNames = columns ?? Array.from({ length: points.cols }, (_, j) => `x${j}`)
  const head = [
    ...inputNames,
    ...(labels.cols === target.names.length ? target.names : ['label']).map((name) => `y:${name}`),
  ]
    .map(quoted)
    .join(',')
  const show = (value: number) => String(storage === 'float32' ? shortest32(value) : value)
  const lines = Array.from({ length: points.rows }, (_, i) =>
    [
      ...points.data.subarray(i * points.cols, (i + 1) * points.cols),
      ...labels.data.subarray(i * labels.cols, (i + 1) * labels.cols),
    ]
      .map(show)
      .join(','),
  )
  return `${[head, ...lines].join('\n')}\n`
}

/** The shortest decimal that is still this float32. */
function shortest32(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}

function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name
}
