/** Running first and second moments of a gradient, and how many steps they saw. */
export interface AdamState {
  readonly step: number
  readonly first: Float64Array
  readonly second: Float64Array
}

const decayOfFirst = 0.9
const decayOfSecond = 0.999
const stabiliser = 1e-8

export function adamStart(length: number): AdamState {
  return { step: 0, first: new Float64Array(length), second: new Float64Array(length) }
}

/**
 * One step of Adam (Kingma & Ba, ICLR 2015, Algorithm 1); nothing is changed in place.
 * @param rate step length, > 0
 */
export function adamStep(
  values: Float64Array,
  gradient: Float64Array,
  state: AdamState,
  rate: number,
): { values: Float64Array; state: AdamState } {
  const step = state.step + 1
  const first = state.first.map((value, i) => decayOfFirst * value + (1 - decayOfFirst) * gradient[i])
  const second = state.second.map(
    (value, i) => decayOfSecond * value + (1 - decayOfSecond) * gradient[i] * gradient[i],
  )
  const firstScale = 1 / (1 - decayOfFirst ** step)
  const secondScale = 1 / (1 - decayOfSecond ** step)
  return {
    values: values.map(
      (value, i) =>
        value - (rate * first[i] * firstScale) / (Math.sqrt(second[i] * secondScale) + stabiliser),
    ),
    state: { step, first, second },
  }
}
