/**
 * JSON with one spelling for each value: keys sorted by UTF-16 code unit, two spaces, a final newline; numbers as
 * ECMAScript prints them (the shortest form that reads back the same double). Absent (`undefined`) members are
 * left out.
 * @throws RangeError for a number that JSON cannot hold
 */
export function canonicalJson(value: object): string {
  return `${JSON.stringify(sorted(value, '$'), undefined, 2)}\n`
}

function sorted(value: unknown, path: string): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError(`${path} is ${value}, which JSON cannot hold`)
  }
  if (Array.isArray(value)) return value.map((item, i) => sorted(item, `${path}[${i}]`))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member, `${path}.${key}`)]),
  )
}
