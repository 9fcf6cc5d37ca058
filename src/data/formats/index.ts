import type { Format } from './format.ts'

/** One row per format, in the order in which they are asked; a format is loaded only when its turn comes. */
export interface FormatRow {
  readonly id: string
  /** Usual file names. A place without such a file asks this format last, so that start-up loads little code. */
  readonly names: RegExp
  load(): Promise<Format>
}

export const formats: readonly FormatRow[] = [
  {
    id: 'idx',
    names: /((^|[-_.])idx\d|ubyte|\.idx)(\.gz)?$/i,
    load: async () => (await import('./idx.ts')).idx,
  },
  {
    id: 'cifar',
    names: /(^|\/)(data_batch_\d|test_batch|train|test)\.bin$/i,
    load: async () => (await import('./cifar.ts')).cifar,
  },
  {
    id: 'parquet',
    names: /\.(parquet|pq)$/i,
    load: async () => (await import('./parquet.ts')).parquet,
  },
  {
    id: 'npz',
    names: /\.npz$/i,
    load: async () => (await import('./npz.ts')).npz,
  },
  {
    id: 'npy',
    names: /\.npy(\.gz)?$/i,
    load: async () => (await import('./npy.ts')).npy,
  },
  {
    id: 'safetensors',
    names: /\.safetensors$/i,
    load: async () => (await import('./safetensors.ts')).safetensors,
  },
  {
    id: 'image-folder',
    names: /\.(png|jpe?g|webp)$/i,
    load: async () => (await import('./image-folder.ts')).imageFolder,
  },
  {
    id: 'csv',
    names: /\.(csv|tsv|tab|data|test|tra|tes|txt)(\.gz)?$/i,
    load: async () => (await import('./csv.ts')).csv,
  },
]
