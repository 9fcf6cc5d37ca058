import type { Certificate, RidgeClaim } from '#core/certificate'

/** What a certificate claims, without its seal; fails where that is not that training gives W. */
export function ridgeClaimOf({ files: _files, digest: _digest, ...claim }: Certificate): RidgeClaim {
  if (claim.kind !== 'ridge') throw new TypeError(`the claim is ${claim.kind}`)
  return claim
}
