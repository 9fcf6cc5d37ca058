import { turn } from '#core/turn'

/** Work between two looks at the clock: about a millisecond. */
const glance = 1 << 18
const sliceMilliseconds = 10

/**
 * Runs over the rows of a matrix, and lets the event loop turn every 10 ms.
 * @param row works on row i, of `cols` elements or so
 */
export async function byRows(rows: number, cols: number, row: (i: number) => void): Promise<void> {
  let since = performance.now()
  let done = 0
  for (let i = 0; i < rows; i++) {
    row(i)
    done += cols
    if (done < glance) continue
    done = 0
    if (performance.now() - since < sliceMilliseconds) continue
    await turn()
    since = performance.now()
  }
}
