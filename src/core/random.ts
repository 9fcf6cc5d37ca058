/**
 * Seeded random numbers, the same on every machine and in every browser.
 * Generator: xoshiro128** (Blackman & Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021);
 * normals by Box–Muller. Both, and the order of draws, are part of the file format: never change them.
 */
export interface Random {
  /** Uniform integer in [0, 2³²). */
  uint32(): number
  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number
  /** Standard normal. */
  normal(): number
  /** Uniform integer in [0, bound), unbiased; bound from 1 to 2³². */
  integer(bound: number): number
  /** Fills with standard normals in order. */
  fillNormal(target: Float64Array): Float64Array
  /** A uniformly random permutation of 0..size−1 (Fisher–Yates from the end). */
  permutation(size: number): Uint32Array
}

/**
 * An independent stream for one purpose. Streams with different tags never share draws, so a new consumer
 * of randomness cannot shift an old one.
 * @param seed any integer that a double holds exactly
 * @param tags what the stream is for, e.g. `'hold-out'`, `'points', 3`
 */
export function randomStream(seed: number, ...tags: (string | number)[]): Random {
  const state = hashTags([seed, ...tags])
  let spare: number | undefined

  const uint32 = (): number => {
    const result = Math.imul(rotate(Math.imul(state[1], 5), 7), 9) >>> 0
    const t = state[1] << 9
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= t
    state[3] = rotate(state[3], 11)
    return result
  }
  const uniform = (): number => ((uint32() >>> 5) * 67108864 + (uint32() >>> 6)) / 9007199254740992
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare
      spare = undefined
      return value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
    const angle = 2 * Math.PI * uniform()
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
  const integer = (bound: number): number => {
    const limit = 4294967296 - (4294967296 % bound)
    let value = uint32()
    while (value >= limit) value = uint32()
    return value % bound
  }
  const fillNormal = (target: Float64Array): Float64Array => {
    let at = 0
    if (target.length > 0 && spare !== undefined) target[at++] = normal()
    if (at < target.length) spare = drawNormals(state, target, at, target.length)
    return target
  }
  const permutation = (size: number): Uint32Array => {
    const order = Uint32Array.from({ length: size }, (_, i) => i)
    for (let i = size - 1; i > 0; i--) {
      const j = integer(i + 1)
      const held = order[i]
      order[i] = order[j]
      order[j] = held
    }
    return order
  }
  return { uint32, uniform, normal, integer, fillNormal, permutation }
}

/** A uniform number in [0, 1) that depends only on (seed, tag, index): membership tests in any order. */
export function indexedUniform(seed: number, tag: string): (index: number) => number {
  const [a, b] = hashTags([seed, tag])
  return (index) => {
    let h = mix(a ^ mix(index >>> 0))
    h = mix(h ^ b ^ Math.floor(index / 4294967296))
    return (h >>> 0) / 4294967296
  }
}

/** Draws that belong to one index; `seek` starts the draws of another index over, without allocating. */
export interface IndexedRandom {
  /** The hash of seed and tags, four words: all that tells one stream of streams from another. */
  readonly key: Int32Array
  seek(index: number): void
  /** Uniform integer in [0, 2³²). */
  uint32(): number
  /** Uniform in [0, 1) with 32 random bits. */
  uniform(): number
  /**
   * Bell-shaped with mean 0 and variance 1, never beyond ±2√3: the scaled sum of four uniforms. It needs no
   * logarithm or sine, so it is the same number in every engine.
   */
  bell(): number
  /** Standard normal, by Box–Muller on uniforms of 53 bits. */
  normal(): number
  /** The next `count` values of `normal` at `from` on: the same numbers in half the time. */
  fillNormal(target: Float32Array | Float64Array, from: number, count: number): void
}

/**
 * Random access to one stream for each index: what is drawn after `seek(i)` depends only on (seed, tags, i).
 * Same generator as `randomStream`; its 128-bit state is a hash of the tags and of the index.
 * @param seed any integer that a double holds exactly
 * @param tags what the draws are for
 */
export function indexedRandom(seed: number, ...tags: (string | number)[]): IndexedRandom {
  const key = hashTags([seed, ...tags])
  const [k0, k1, k2, k3] = key
  let a = k0
  let b = k1
  let c = k2
  let d = k3
  let spare: number | undefined

  const seek = (index: number): void => {
    const low = index >>> 0
    const high = Math.floor(index / 4294967296)
    a = mix(k0 ^ mix(low ^ high))
    b = mix(k1 ^ mix((a + low) | 0))
    c = mix(k2 ^ mix((b + high) | 0))
    d = mix(k3 ^ mix((c + low) | 0)) | 1
    spare = undefined
  }
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return result
  }
  const uint32 = (): number => next() >>> 0
  const uniform = (): number => (next() >>> 0) / 4294967296
  const bell = (): number => {
    const first = next()
    const second = next()
    const sum = (first >>> 16) + (first & 0xffff) + (second >>> 16) + (second & 0xffff)
    return (sum / 65536 - 1.999969482421875) * 1.7320508075688772
  }
  const fine = (): number => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare
      spare = undefined
      return value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - fine()))
    const angle = 2 * Math.PI * fine()
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
  const state = new Int32Array(4)
  const fillNormal = (target: Float32Array | Float64Array, from: number, count: number): void => {
    const end = from + count
    let at = from
    if (at < end && spare !== undefined) target[at++] = normal()
    if (at === end) return
    state.set([a, b, c, d])
    spare = drawNormals(state, target, at, end)
    ;[a, b, c, d] = state
  }
  return { key, seek, uint32, uniform, bell, normal, fillNormal }
}

const words = new Int32Array(4)

/**
 * The next normals of a generator, at from..end of `target`: the bits that one at a time would have, in half the time.
 * @param state four words, advanced
 * @returns the second of the last pair, where it has no place left
 */
function drawNormals(
  state: Int32Array,
  target: Float32Array | Float64Array,
  from: number,
  end: number,
): number | undefined {
  // In locals, which the engine keeps in registers.
  let [s0, s1, s2, s3] = state
  let spare: number | undefined
  for (let at = from; at < end; at += 2) {
    for (let word = 0; word < 4; word++) {
      words[word] = Math.imul(rotate(Math.imul(s1, 5), 7), 9)
      const t = s1 << 9
      s2 ^= s0
      s3 ^= s1
      s1 ^= s2
      s0 ^= s3
      s2 ^= t
      s3 = rotate(s3, 11)
    }
    const first = ((words[0] >>> 5) * 67108864 + (words[1] >>> 6)) / 9007199254740992
    const second = ((words[2] >>> 5) * 67108864 + (words[3] >>> 6)) / 9007199254740992
    const radius = Math.sqrt(-2 * Math.log(1 - first))
    const angle = 2 * Math.PI * second
    target[at] = radius * Math.cos(angle)
    if (at + 1 < end) target[at + 1] = radius * Math.sin(angle)
    else spare = radius * Math.sin(angle)
  }
  state[0] = s0
  state[1] = s1
  state[2] = s2
  state[3] = s3
  return spare
}

function rotate(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k))
}

/** The 32-bit finaliser of MurmurHash3. */
function mix(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function hashTags(tags: (string | number)[]): Int32Array {
  const state = Int32Array.of(0x243f6a88, 0x85a308d3 | 0, 0x13198a2e, 0x03707344)
  const text = tags.map((tag) => `${typeof tag}:${tag}`).join('\u0000')
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    for (let lane = 0; lane < 4; lane++) {
      state[lane] = mix((state[lane] ^ Math.imul(code + 1, 0x9e3779b1 + 2 * lane)) + i)
    }
    state[i & 3] ^= rotate(state[(i + 1) & 3], 13)
  }
  if (state.every((word) => word === 0)) state[0] = 1
  return state
}
