const powersOfTen = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`))
const largestExact = 9007199254740992

/**
 * The number that `text[start..end)` spells in decimal notation (`-12`, `.5`, `3.`, `1e-7`), or NaN where it spells
 * none: no spaces, no thousands separators, no hexadecimal. Correctly rounded, as `Number` is: up to 2⁵³ × 10^±22 one
 * exact operation suffices (Clinger, "How to read floating point numbers accurately", 1990), beyond it `Number` decides.
 */
export function parseDecimal(text: string, start: number, end: number): number {
  let at = start
  const first = text.charCodeAt(at)
  const negative = first === minus
  if (negative || first === plus) at++
  let mantissa = 0
  let digits = 0
  let exponent = 0
  for (; at < end; at++, digits++) {
    const digit = text.charCodeAt(at) - zero
    if (!(digit >= 0 && digit <= 9)) break
    mantissa = mantissa * 10 + digit
  }
  if (at < end && text.charCodeAt(at) === point) {
    at++
    for (; at < end; at++, digits++, exponent--) {
      const digit = text.charCodeAt(at) - zero
      if (!(digit >= 0 && digit <= 9)) break
      mantissa = mantissa * 10 + digit
    }
  }
  if (digits === 0) return NaN
  if (at < end) {
    if ((text.charCodeAt(at) | 32) !== letterE || ++at === end) return NaN
    const sign = text.charCodeAt(at)
    if ((sign === minus || sign === plus) && ++at === end) return NaN
    let written = 0
    for (; at < end; at++) {
      const digit = text.charCodeAt(at) - zero
      if (!(digit >= 0 && digit <= 9)) return NaN
      if (written < 10000) written = written * 10 + digit
    }
    exponent += sign === minus ? -written : written
  }
  if (mantissa > largestExact || exponent < -22 || exponent > 22) return Number(text.slice(start, end))
  const size = exponent < 0 ? mantissa / powersOfTen[-exponent] : mantissa * powersOfTen[exponent]
  return negative ? -size : size
}

const zero = 48
const plus = 43
const minus = 45
const point = 46
const letterE = 101
