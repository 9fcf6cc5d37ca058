import { RetortError } from '#core/errors'

/** The noise-free target at z = B x (length r); for Gaussian z of variance 1. */
export type Link = (z: Float64Array) => number

/** Orthonormal Hermite polynomials of degree 2 and 3: mean 0 and variance 1 under N(0, 1). */
const h2 = (t: number): number => (t * t - 1) / Math.SQRT2
const h3 = (t: number): number => (t * t * t - 3 * t) / Math.sqrt(6)

/**
 * Links whose H = E ∇²f* has full rank, with a cubic part that no linear or kernel method finds with d² examples.
 * Products of Hermite polynomials are orthonormal, so that the divisor makes the variance 1.
 */
const standard: Readonly<Record<number, Link>> = {
  1: ([a]) => (h2(a) + h3(a)) / Math.SQRT2,
  2: ([a, b]) => (h2(a) - 0.8 * h2(b) + 0.5 * a * b + 0.8 * h3(a) + 0.8 * h2(a) * b) / Math.sqrt(3.17),
  3: ([a, b, c]) => (h2(a) + h2(b) - h2(c) + 1.3 * a * b * c) / Math.sqrt(4.69),
  4: ([a, b, c, d]) => (h2(a) + h2(b) - h2(c) - h2(d) + a * b * c + b * c * d) / Math.sqrt(6),
  5: ([a, b, c, d, e]) =>
    (h2(a) + h2(b) - h2(c) - h2(d) + h2(e) + a * b * c + b * c * d + c * d * e) / Math.sqrt(8),
}

/** Links by name and by number of directions r. */
const links = {
  /** H of rank r. */
  standard,
  /** h₃ alone: H = 0, so that the first gradient sees nothing. */
  cubic: { 1: ([a]) => h3(a) },
  /** H of rank 1 < r = 2: the second direction is invisible to the first gradient. */
  deficient: { 2: ([a, b]) => (h2(a) + h3(b)) / Math.SQRT2 },
  /** Odd in z, H = 0: cannot be learned alone, but with the directions of `standard` it can. */
  odd: { 2: ([a, b]) => (h3(a) + h2(b) * a) / Math.SQRT2 },
} satisfies Readonly<Record<string, Readonly<Record<number, Link>>>>

export type LinkName = keyof typeof links
export const linkNames = Object.keys(links)

/** @throws RetortError `usage/generator` where there is no such link of r directions */
export function linkOf(name: string, directions: number): Link {
  const family = new Map<string, Readonly<Record<number, Link>>>(Object.entries(links)).get(name) ?? {}
  const link = family[directions]
  if (link) return link
  throw new RetortError({
    code: 'usage/generator',
    message: `there is no link '${name}' of ${directions} directions`,
    hint: `Write link=${name},r=${Object.keys(family)[0] ?? 1}; '${name}' is there for r = ${Object.keys(family).join(', ') || 'none'}.`,
    values: { link: name, r: directions },
  })
}
