/** The settings of one cell of a published table, and the figure that it printed. */
export interface Recipe {
  readonly name: string
  /** What the input must be, in words. */
  readonly data: string
  /** Settings of `distill`. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
  readonly source: string
  /** Test accuracy in per cent that the source printed for the distilled set; never a figure of ours. Absent: none. */
  readonly published?: number
}
