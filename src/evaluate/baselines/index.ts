import type { Baseline } from './baseline.ts'
import { herding } from './herding.ts'
import { kCenter } from './k-center.ts'
import { kMeans } from './k-means.ts'
import { random } from './random.ts'

/** The baselines of every comparison, one row each, in the order of the report. */
export const baselines: readonly Baseline[] = [random, herding, kMeans, kCenter]
