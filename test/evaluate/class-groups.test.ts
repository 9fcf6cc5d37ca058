import { describe, expect, it } from 'vitest'
import { balancedQuotas, groupsOf } from '#evaluate/class-groups'

describe('balancedQuotas', () => {
  it.each([
    { sizes: [9, 9, 9], points: 6, quotas: [2, 2, 2] },
    { sizes: [9, 9, 9], points: 8, quotas: [3, 3, 2] },
    { sizes: [9, 9, 9], points: 2, quotas: [1, 1, 0] },
    { sizes: [1, 9, 9], points: 9, quotas: [1, 4, 4] },
    { sizes: [0, 9, 2], points: 8, quotas: [0, 6, 2] },
    { sizes: [2, 1], points: 10, quotas: [2, 1] },
    { sizes: [5], points: 3, quotas: [3] },
    { sizes: [0, 0], points: 3, quotas: [0, 0] },
  ])('$points of $sizes: $quotas', ({ sizes, points, quotas }) => {
    expect(balancedQuotas(sizes, points)).toEqual(quotas)
  })
})

describe('groupsOf', () => {
  const names = ['a', 'b', 'c']
  const inputs = new Uint8Array(5)

  it('lists the examples of every class in order', () => {
    const pool = { start: 0, count: 5, inputs, targets: Int32Array.of(2, 0, 2, 0, 0) }
    expect(groupsOf(pool, { kind: 'class', names }).map((group) => [...group])).toEqual([
      [1, 3, 4],
      [],
      [0, 2],
    ])
  })

  it('makes one group of real targets', () => {
    const pool = { start: 0, count: 2, inputs, targets: new Float64Array(6) }
    expect(groupsOf(pool, { kind: 'real', names }).map((group) => [...group])).toEqual([[0, 1]])
  })
})
