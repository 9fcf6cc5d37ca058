import type { Check, RidgeClaim } from '#core/certificate'
import type { RidgeTraining } from '#core/distilled-set'
import type { StoredArtefact } from '#artefact/read'
import { figure } from '#artefact/report/figures'
import type { RidgeModel } from '#models/ridge-model'
import type { GuaranteeInputs } from './guarantee.ts'
import { modelError } from './model-difference.ts'

/** What was computed from the data anew, with the settings of the artefact. */
export interface Recomputed {
  /** W and b that the set must give. */
  readonly model: Pick<RidgeModel, 'weight' | 'bias'>
  readonly provenance: string
  /** Training examples behind the model. */
  readonly examples: number
  /** How far two correct fits may lie apart, relative; default 1e-9. A nearly singular fit may need more. */
  readonly tolerance?: number
  /** For a set that serves every λ: the model at other λ. */
  readonly others?: readonly RidgeModel[]
  readonly test?: GuaranteeInputs
}

const fitTolerance = 1e-9

/** Holds the stored model and the claim to the data. @param claim measured anew, with the data's inputs and models */
export function checkData(
  { set }: StoredArtefact<RidgeTraining>,
  { model, provenance, examples, tolerance = fitTolerance }: Recomputed,
  stated: RidgeClaim | undefined,
  claim: RidgeClaim,
): Check[] {
  const error = modelError(set.training, model)
  const checks: Check[] = [
    {
      name: 'these are the data that the set was made from',
      ok: provenance === set.provenance,
      measured: provenance,
      needed: set.provenance,
    },
    {
      name: 'the data have as many training examples as stated',
      ok: examples === claim.examples,
      measured: examples,
      needed: `${claim.examples}`,
    },
    {
      name: 'W fitted on the data is the stored W',
      ok: error <= tolerance,
      measured: error,
      needed: `relative error at most ${figure(tolerance)}`,
    },
  ]
  for (const { ridge, relativeError } of claim.otherRidges ?? []) {
    checks.push({
      name: `training on the points gives the model of the data at λ = ${ridge}`,
      ok: relativeError <= claim.tolerance,
      measured: relativeError,
      needed: `relative error at most ${figure(claim.tolerance)}`,
    })
  }
  if (stated?.guarantee && claim.guarantee) checks.push(checkGuarantee(stated.guarantee, claim.guarantee))
  return checks
}

type Guarantee = NonNullable<RidgeClaim['guarantee']>

/** Inputs at the very edge of the bound may fall to either side on another machine. */
const edgeShare = 1e-4

function checkGuarantee(stated: Guarantee, found: Guarantee): Check {
  if (stated.kind === 'class' && found.kind === 'class') {
    const least = stated.certified - Math.max(1, edgeShare * stated.inputs)
    return {
      name: 'as many predictions provably cannot differ as stated',
      ok: found.inputs === stated.inputs && found.certified >= least,
      measured: `${found.certified} of ${found.inputs}`,
      needed: `${stated.certified} of ${stated.inputs}, but for those at the edge`,
    }
  }
  const limit = stated.kind === 'real' ? stated.largestChange : NaN
  const change = found.kind === 'real' ? found.largestChange : NaN
  return {
    name: 'no prediction can differ by more than stated',
    // Where only rounding moves predictions, another machine rounds otherwise.
    ok: found.inputs === stated.inputs && change <= 10 * limit,
    measured: change,
    needed: `about ${figure(limit)}`,
  }
}
