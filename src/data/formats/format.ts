import type { Dataset } from '#core/dataset'
import type { Watch } from '#core/progress'
import type { Place } from '#data/source'

export interface OpenOptions extends Watch {
  /**
   * Target column or columns (comma-separated) of a table, by name or by number (0 is the first, −1 the last);
   * default: `label`, `target`, `class`, `y`, …, else the only text without a header, else the last.
   */
  target?: string
  /** Treat the target as `class` or `real`; default: by its values. */
  targetKind?: 'class' | 'real'
  /** Whether the first row of a text table names its columns; default: by its values. */
  header?: boolean
  /** File (relative to the path, or a path of its own) that holds the training split. */
  train?: string
  test?: string
  /** File that holds the labels of the training inputs where inputs and labels are separate (NPY). */
  labels?: string
  testLabels?: string
}

/** One file format. Adding one is one file and one row in `formats/index.ts`. */
export interface Format {
  /** e.g. `idx`. */
  readonly id: string
  /** e.g. `IDX (MNIST and its family)`. */
  readonly title: string
  /** Whether the place looks like this format, by names and at most the first 64 bytes of a file. */
  matches(place: Place): Promise<boolean>
  /**
   * Opens lazily: reads headers (and, for text, scans once for the schema), never all values into memory.
   * @throws RetortError `data/…` for anything unreadable, with file, offset and values
   */
  open(place: Place, options: OpenOptions): Promise<Dataset>
}
