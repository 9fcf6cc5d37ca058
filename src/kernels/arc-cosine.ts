/**
 * arccos(x) / √(1 − x) on 0 ≤ x ≤ 1 as a polynomial in t = 2x − 1, constant term first: the Chebyshev expansion, cut
 * after degree 15, in powers. Its relative error is 4.4e-15; the function is analytic but for x = −1.
 */
const p0 = 1.4809609793861165
const p1 = -0.07601609123464996
const p2 = 0.011029313318697345
const p3 = -0.002149135859730556
const p4 = 0.0004820540856099399
const p5 = -0.0001174124942167139
const p6 = 3.018728835646296e-5
const p7 = -8.063601326919472e-6
const p8 = 2.215562274225469e-6
const p9 = -6.223302088357719e-7
const p10 = 1.7892528609280628e-7
const p11 = -5.198162078790608e-8
const p12 = 1.4054225917063757e-8
const p13 = -4.100653286113649e-9
const p14 = 1.9634234807957838e-9
const p15 = -6.084927887184174e-10

/**
 * arccos(x) / √(1 − x) for 0 ≤ x ≤ 1 with a relative error of 5e-15, in sums and products alone: the same bits in every
 * engine, and without a branch, half again as fast as Math.acos.
 */
export function arcCosineOverRoot(x: number): number {
  const t = 2 * x - 1
  const t2 = t * t
  const t4 = t2 * t2
  const first = p0 + p1 * t + t2 * (p2 + p3 * t)
  const second = p4 + p5 * t + t2 * (p6 + p7 * t)
  const third = p8 + p9 * t + t2 * (p10 + p11 * t)
  const fourth = p12 + p13 * t + t2 * (p14 + p15 * t)
  return first + t4 * second + t4 * t4 * (third + t4 * fourth)
}
