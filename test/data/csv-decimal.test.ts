import { describe, expect, it } from 'vitest'
import { randomStream } from '#core/random'
import { parseDecimal } from '#data/formats/decimal'

const parse = (text: string) => parseDecimal(`,${text},`, 1, 1 + text.length)

describe('parseDecimal', () => {
  it.each([
    '0',
    '-0',
    '+7',
    '12.',
    '.5',
    '-.25',
    '1e3',
    '1E+3',
    '25e-1',
    '007',
    '1e22',
    '1e23',
    '5e-324',
    '1e400',
  ])('reads %s as Number does', (text) => expect(parse(text)).toBe(Number(text)))

  it.each([
    '9007199254740993',
    '123456789012345678901234567890',
    '0.1',
    '3.3e-23',
    '1.7976931348623157e308',
    '1e-400',
  ])('rounds %s as Number does', (text) => expect(parse(text)).toBe(Number(text)))

  it.each([
    '',
    '-',
    '+',
    '.',
    '-.',
    'e5',
    '1e',
    '1e+',
    '1e5.',
    '1.2.3',
    '0x10',
    '1_000',
    '1,5',
    ' 1',
    '1 ',
    '--1',
    'NaN',
  ])('takes %j for no number', (text) => expect(parse(text)).toBeNaN())

  it('agrees with Number on random decimals of every length and exponent', () => {
    const random = randomStream(0, 'decimals')
    const digits = (count: number) => Array.from({ length: count }, () => random.integer(10)).join('')
    for (let i = 0; i < 50_000; i++) {
      const sign = ['', '-', '+'][random.integer(3)]
      const whole = digits(random.integer(20))
      const fraction = random.integer(2) === 0 ? '' : `.${digits(random.integer(20))}`
      const exponent = random.integer(3) > 0 ? '' : `e${random.integer(700) - 350}`
      const text = sign + whole + fraction + exponent
      if (!/\d/.test(whole + fraction)) continue
      expect(parse(text), text).toBe(Number(text))
    }
  })

  it('reads back every double that JavaScript prints', () => {
    const random = randomStream(1, 'doubles')
    const bits = new DataView(new ArrayBuffer(8))
    for (let i = 0; i < 20_000; i++) {
      bits.setUint32(0, random.uint32())
      bits.setUint32(4, random.uint32())
      const value = bits.getFloat64(0)
      if (Number.isFinite(value)) expect(parse(String(value))).toBe(value)
    }
  })
})
