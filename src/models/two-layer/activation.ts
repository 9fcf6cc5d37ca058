/** A function of every pre-activation, with its derivative: another is one more row of the table. */
export interface HiddenActivation {
  readonly id: 'relu'
  /** σ(z) */
  value(z: number): number
  /** σ′(z); at a kink the value from the left. */
  derivative(z: number): number
}

/** Without a branch: signs are random, and a wrong guess costs more than the sum. Exact, since 2z is. */
const relu: HiddenActivation = {
  id: 'relu',
  value: (z) => 0.5 * (z + Math.abs(z)),
  derivative: (z) => Number(z > 0),
}

export const hiddenActivations = { relu } as const
