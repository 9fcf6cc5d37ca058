import { expect, test } from 'vitest'
import { canonicalJson } from '#artefact/canonical-json'

test('one spelling whatever the order of keys', () => {
  const a = canonicalJson({ b: [1, { d: 0.1, c: 'é"' }], a: null, gone: undefined })
  expect(a).toBe(canonicalJson({ a: null, b: [1, { c: 'é"', d: 0.1 }] }))
  expect(a).toBe(
    '{\n  "a": null,\n  "b": [\n    1,\n    {\n      "c": "é\\"",\n      "d": 0.1\n    }\n  ]\n}\n',
  )
})

test('numbers read back as the same double', () => {
  for (const value of [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, 2 ** 53 + 2]) {
    expect(JSON.parse(canonicalJson({ value })).value).toBe(value)
  }
})

test('refuses what JSON would turn into null', () => {
  expect(() => canonicalJson({ a: [1, NaN] })).toThrow('$.a[1] is NaN')
  expect(() => canonicalJson({ a: { b: -Infinity } })).toThrow('$.a.b is -Infinity')
})
