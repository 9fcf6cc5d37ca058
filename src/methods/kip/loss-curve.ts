/** A loss by step, for people: few entries, most of them early, where it falls. */
export type LossCurve = readonly (readonly [step: number, loss: number])[]

/** Entries between two powers of two. */
const perDoubling = 4

/**
 * The first and the last step and some four for every doubling between them, with the mean loss since the entry before, since the
 * losses of single batches scatter.
 * @param losses of step 1, 2, …
 */
export function lossCurve(losses: ArrayLike<number>): LossCurve {
  const curve: [number, number][] = []
  let before = 0
  for (let i = 0; before < losses.length; i++) {
    const step = Math.min(losses.length, Math.round(2 ** (i / perDoubling)))
    if (step === before) continue
    let sum = 0
    for (let t = before; t < step; t++) sum += losses[t]
    curve.push([step, sum / (step - before)])
    before = step
  }
  return curve
}
