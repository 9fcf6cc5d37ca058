import type { Certificate, Check } from '#core/certificate'
import type { Precondition } from '#core/precondition'
import type { TwoLayerTraining } from '#core/two-layer-training'
import type { StoredArtefact } from '#artefact/read'
import { figure } from '#artefact/report/figures'
import type { MeasuredStudents } from './certify.ts'

/** What was measured on the data anew. */
export interface RemeasuredStudents extends MeasuredStudents {
  readonly provenance: string
  /** Training examples. */
  readonly examples: number
  /** What needs the data, e.g. the curvature. */
  readonly preconditions: readonly Precondition[]
}

/** Another machine rounds otherwise: relative to the error. */
const errorTolerance = 1e-5
/** Examples whose class may fall to either side of zero. */
const edgeShare = 1e-3

/** Holds the claim to the data: the same data, and students that do as well as stated. */
export function checkTwoLayerData(
  { set, run }: StoredArtefact<TwoLayerTraining>,
  found: RemeasuredStudents,
  stated: Certificate | undefined,
): Check[] {
  const checks: Check[] = [
    {
      name: 'these are the data that the set was made from',
      ok: found.provenance === set.provenance,
      measured: found.provenance,
      needed: set.provenance,
    },
    {
      name: 'the data have as many training examples as stated',
      ok: found.examples === run.data.examples,
      measured: found.examples,
      needed: `${run.data.examples}`,
    },
  ]
  if (stated?.kind !== 'two-layer') return checks
  const allowed = (error: number) =>
    stated.measure === 'wrong' ? edgeShare * Math.max(error, 1 / edgeShare / stated.inputs) : errorTolerance * error
  const off = stated.errors.findIndex((error, i) => !(Math.abs(error - found.errors[i]) <= allowed(error)))
  checks.push({
    name: 'students trained from the file err on the data as stated',
    ok: off < 0 && found.errors.length === stated.errors.length && found.inputs === stated.inputs,
    measured: off < 0 ? `${found.errors.length} students agree` : `seed ${stated.seeds[off]}: ${figure(found.errors[off], 6)}`,
    needed: off < 0 ? 'all' : figure(stated.errors[off], 6),
  })
  for (const { id, measured } of found.preconditions) {
    const same = stated.preconditions.find((other) => other.id === id)
    if (typeof measured !== 'number') continue
    checks.push({
      name: `the stated precondition '${id}' is that of the data`,
      ok: typeof same?.measured === 'number' && Math.abs(same.measured - measured) <= 1e-6 * Math.abs(measured),
      measured,
      needed: `${typeof same?.measured === 'number' ? figure(same.measured, 6) : 'a stated number'}`,
    })
  }
  return checks
}
