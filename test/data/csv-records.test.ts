import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { randomStream } from '#core/random'
import { contentOf } from '#data/content'
import { byteWindow } from '#data/formats/byte-window'
import { textRecords, wholeRecords } from '#data/formats/csv-records'
import { bytesSource } from '#data/source'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('wholeRecords', () => {
  it.each([
    ['a,b\nc,d\ne', 8],
    ['a,b', 0],
    ['', 0],
    ['a,"b\nc', 0],
    ['a,b\nc,"d\ne', 4],
    ['a,"b\nc"\nd', 8],
    ['a,"b""\nc"\nd', 10],
    ['"a""",b\nc', 8],
    ['a, "b\nc"\nd', 9],
    ['5" pipe,b\nc,6"\nd', 15],
    ['"a\r\nb";c\r\nd', 10],
  ])('of %j are %i bytes', (text, length) => {
    expect(wholeRecords(bytes(text), text.includes(';') ? ';' : ',')).toBe(length)
  })

  it('cuts random tables, quoted at random, between records wherever they are cut off', async () => {
    const random = randomStream(4, 'records')
    const pieces = ['a', '1.5', 'b c', 'd""e', 'f\ng', 'h,i', '""', '\n', '']
    const records = Array.from({ length: 60 }, () =>
      Array.from({ length: 3 }, () => {
        const field = pieces[random.integer(pieces.length)] + pieces[random.integer(pieces.length)]
        return /["\n,]/.test(field) || random.integer(2) ? `"${field}"` : field
      }).join(','),
    )
    const text = records.map((record) => `${record}\n`).join('')
    const ends = new Set([0])
    for (const [i] of records.entries()) ends.add(bytes(records.slice(0, i + 1).join('\n')).length + 1)
    const whole = bytes(text)
    for (let cut = 0; cut <= whole.length; cut++) {
      const end = wholeRecords(whole.subarray(0, cut), ',')
      expect(ends).toContain(end)
      expect(Math.max(...[...ends].filter((one) => one <= cut))).toBe(end)
    }
    const parsed = await textRecords('a.csv', text, ',', 1)
    const blank = records.filter((record) => record === '""' || record === '').length
    expect(parsed.length).toBe(records.length - blank)
    expect(parsed.every(({ fields }) => fields.length === 3)).toBe(true)
    let line = 1
    const lines = records.map((record) => {
      const first = line
      line += record.split('\n').length
      return first
    })
    expect(parsed.map((record) => record.line)).toEqual(lines)
  })
})

describe('byteWindow', () => {
  it('reads any ranges of plain and of compressed content, forwards, backwards and at once', async () => {
    const random = randomStream(5, 'window')
    const content = Uint8Array.from({ length: 3_000_000 }, () => random.integer(256))
    for (const file of [content, gzipSync(content)]) {
      const window = byteWindow(await contentOf(bytesSource('a', file)))
      const ranges = Array.from({ length: 12 }, () => {
        const start = random.integer(content.length)
        return [start, start + random.integer(400_000)]
      })
      ranges.push(
        [0, 10],
        [5, 20],
        [20, 30],
        [content.length - 1, content.length + 5],
        [content.length, content.length + 1],
      )
      for (const [start, end] of ranges) {
        expect(Buffer.compare(await window.read(start, end), content.subarray(start, end))).toBe(0)
      }
      const together = await Promise.all(ranges.map(([start, end]) => window.read(start, end)))
      together.forEach((part, i) => expect(Buffer.compare(part, content.subarray(...ranges[i]))).toBe(0))
    }
  })

  it('tells of a truncated file as often as it is read', async () => {
    const zipped = gzipSync(new Uint8Array(100_000).map((_, i) => (i * i) % 251))
    const window = byteWindow(await contentOf(bytesSource('a', zipped.subarray(0, zipped.length - 20))))
    for (let pass = 0; pass < 2; pass++) {
      await expect(window.read(0, 200_000)).rejects.toThrow(
        expect.objectContaining({ code: 'data/truncated' }),
      )
    }
  })
})
