import { expect, it } from 'vitest'
import { randomStream } from '#core/random'

it('fills with the very normals that it draws one by one, whatever parts it is asked for', () => {
  const one = randomStream(11, 'fill')
  const single = Float64Array.from({ length: 45 }, () => one.normal())
  const next = one.uint32()
  const random = randomStream(11, 'fill')
  const filled = new Float64Array(45)
  let at = 0
  // A run of no length leaves the second of a pair for later.
  filled[at++] = random.normal()
  random.fillNormal(filled.subarray(at, at))
  for (const count of [1, 0, 4, 7, 0, 1, 1, 2, 18]) {
    random.fillNormal(filled.subarray(at, at + count))
    at += count
    filled[at++] = random.normal()
  }
  random.fillNormal(filled.subarray(at))
  expect(filled).toEqual(single)
  expect(random.uint32()).toBe(next)
})
