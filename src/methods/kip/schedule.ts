/** How the learning rate goes on over the steps of a run. */
export const schedules = ['constant', 'cosine'] as const
export type Schedule = (typeof schedules)[number]

/** Whether the rate of a step depends on how many there are in all, so that a longer run is another one from its start. */
export function dependsOnSteps(schedule: Schedule): boolean {
  return schedule === 'cosine'
}

/**
 * The learning rate of step t of T: as given, or times ½ (1 + cos(π t / T)), which falls from 1 to nearly 0 (Loshchilov,
 * Hutter, ICLR 2017, without restarts).
 * @param step t, from 0 to T − 1
 * @param rate of the first step, > 0
 */
export function rateAt(
  step: number,
  { schedule, steps }: { readonly schedule: Schedule; readonly steps: number },
  rate: number,
): number {
  return schedule === 'cosine' ? rate * 0.5 * (1 + Math.cos((Math.PI * step) / steps)) : rate
}
