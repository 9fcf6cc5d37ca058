/** All that a reader may ask of a file, wherever it lives: local file, URL range, browser `File`. */
export interface Source {
  /** Name relative to the place that was opened, with `/`, e.g. `train-images-idx3-ubyte.gz` or `cats/01.png`. */
  readonly name: string
  readonly byteLength: number
  /** Bytes start..end (end exclusive, clamped to byteLength). */
  slice(start: number, end: number): Promise<ArrayBuffer>
}

/** What a path holds: one file, or the files of a folder and its subfolders, sorted by name. */
export interface Place {
  /** As the user gave it. */
  readonly path: string
  readonly files: readonly Source[]
}

/** Bytes in memory as a source; they are not copied until sliced. */
export function bytesSource(name: string, bytes: Uint8Array): Source {
  return {
    name,
    byteLength: bytes.length,
    slice: async (start, end) => Uint8Array.from(bytes.subarray(start, end)).buffer,
  }
}
