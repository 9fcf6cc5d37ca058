import type { CertificateClaim, Check, RidgeClaim } from '#core/certificate'
import type { RidgeTraining } from '#core/distilled-set'
import type { StoredArtefact } from '#artefact/read'
import { figure } from '#artefact/report/figures'
import { frobeniusNorm } from '#core/matrix'
import { agrees, conditionRounding, trainingRounding } from './bounds.ts'
import { certify } from './certify.ts'
import type { CertifyOptions } from './certify.ts'
import { augmented, largest } from './model-difference.ts'
import { differenceBounds } from './guarantee.ts'

export interface ClaimChecks {
  readonly checks: readonly Check[]
  /** Measured anew. */
  readonly claim: RidgeClaim
}

/** Measures the claim again from the stored set, and holds the certificate's statements to it. */
export async function checkClaim(
  stored: StoredArtefact<RidgeTraining>,
  stated: RidgeClaim | undefined,
  options: CertifyOptions,
): Promise<ClaimChecks> {
  const { claim, distilled, set, amplification } = await certify(stored, options)
  const { relativeError, tolerance, storage, conditionNumbers } = claim
  const checks: Check[] = [
    {
      name: 'training on the points gives the stored model W',
      ok: relativeError <= tolerance,
      measured: relativeError,
      needed: `relative error at most ${figure(tolerance)} (${storage})`,
    },
    ...claim.preconditions.map(({ statement, holds, measured, needed }) => ({
      name: statement,
      // A set of fewer points than W needs claims less, and that may hold all the same.
      ok: holds !== false || claim.holds,
      measured,
      needed,
    })),
  ]
  if (!stated) return { checks, claim }
  const rounding = trainingRounding(set, conditionNumbers.points, amplification)
  checks.push(
    agreement('relative error', stated.relativeError, relativeError, rounding),
    agreement('bound on the relative error', stated.tolerance, tolerance, 0),
    conditionAgreement('the points', stated.conditionNumbers.points, conditionNumbers.points, amplification),
    conditionAgreement('W', stated.conditionNumbers.weight, conditionNumbers.weight, 1),
    samePreconditions(stated, claim, rounding),
    {
      name: 'the certificate says that its claim holds',
      ok: stated.holds && claim.holds,
      measured: stated.holds
        ? claim.holds
          ? 'it holds'
          : 'it says so, but it does not hold'
        : 'it says that it does not',
      needed: 'it holds',
    },
  )
  if (stated.guarantee) {
    const { slope, offset } = differenceBounds(stored.set.target, distilled, stored.set.training)
    const scale = frobeniusNorm(augmented(stored.set.training))
    const { largestDifference, largestBiasDifference, inputs } = stated.guarantee
    checks.push(
      agreement('largest difference of two rows of W', largestDifference, largest(slope), rounding * scale),
      agreement('largest difference of intercepts', largestBiasDifference, largest(offset), rounding * scale),
    )
    const counted =
      stored.run.comparison?.split === stated.guarantee.split && stored.run.comparison.rows[0]?.score.n
    if (typeof counted === 'number') {
      checks.push({
        name: 'the guarantee covers the inputs that were scored',
        ok: inputs === counted && (stated.guarantee.kind === 'real' || stated.guarantee.certified <= inputs),
        measured: inputs,
        needed: `${counted}`,
      })
    }
  }
  return { checks, claim }
}

/** Whether a number in the certificate is the one measured now. */
function agreement(what: string, stated: number, found: number, rounding: number): Check {
  return {
    name: `the stated ${what} is right`,
    ok: agrees(stated, found, rounding),
    measured: found,
    needed: `${figure(stated, 8)}, up to ${rounding === 0 ? 'relative 10⁻⁶' : `relative 10⁻⁶ and rounding of ${figure(rounding)}`}`,
  }
}

function conditionAgreement(of: string, stated: number, found: number, amplification: number): Check {
  return agreement(`condition number of ${of}`, stated, found, conditionRounding(found, amplification))
}

export function samePreconditions(
  stated: Pick<CertificateClaim, 'preconditions'>,
  found: Pick<CertificateClaim, 'preconditions'>,
  rounding: number,
): Check {
  const other = found.preconditions.find(({ id, holds, measured }) => {
    const same = stated.preconditions.find((candidate) => candidate.id === id)
    if (same?.holds !== holds) return true
    if (typeof measured !== 'number' || typeof same.measured !== 'number') return same.measured !== measured
    return !agrees(same.measured, measured, rounding)
  })
  const ok = other === undefined && stated.preconditions.length === found.preconditions.length
  return {
    name: 'the stated preconditions are those measured now',
    ok,
    measured: ok ? 'the same' : (other?.id ?? `${found.preconditions.length} preconditions`),
    needed: `the same ${stated.preconditions.length}`,
  }
}
