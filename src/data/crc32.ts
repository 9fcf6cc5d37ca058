export interface Checksum {
  update(bytes: Uint8Array): void
  /** Of all bytes so far, as an unsigned 32-bit number. */
  value(): number
}

/** Incremental CRC-32 (ISO 3309, polynomial 0xedb88320 reflected): zlib's where there is one, a table elsewhere. */
export function crc32(): Checksum {
  const native = globalThis.process?.getBuiltinModule?.('node:zlib').crc32
  return native ? nativeCrc32(native) : portableCrc32()
}

function nativeCrc32(native: (bytes: Uint8Array, start: number) => number): Checksum {
  let sum = 0
  return {
    update(bytes) {
      sum = native(bytes, sum)
    },
    value: () => sum,
  }
}

/** Exported so that Node can test it. */
export function portableCrc32(): Checksum {
  table ??= makeTable()
  const steps = table
  let sum = 0xffffffff
  return {
    update(bytes) {
      let state = sum
      for (let i = 0; i < bytes.length; i++) state = (state >>> 8) ^ steps[(state ^ bytes[i]) & 0xff]
      sum = state
    },
    value: () => ~sum >>> 0,
  }
}

let table: Uint32Array | undefined

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let state = byte
    for (let bit = 0; bit < 8; bit++) state = state & 1 ? (state >>> 1) ^ 0xedb88320 : state >>> 1
    return state
  })
}
