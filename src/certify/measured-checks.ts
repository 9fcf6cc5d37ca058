import type { CertificateClaim, Check, MeasuredClaim } from '#core/certificate'
import { figure } from '#artefact/report/figures'
import { samePreconditions } from './claim-checks.ts'

/**
 * Holds a certificate without a theorem to what is measured now. Measures that need the data are checked where they
 * were measured again, and only then.
 */
export function checkMeasures(stated: CertificateClaim | undefined, found: MeasuredClaim): Check[] {
  const checks = found.measures.map(({ id, statement, value, tolerance, largest }): Check => {
    const same = stated?.kind === 'measured' ? stated.measures.find((each) => each.id === id) : undefined
    const near = !same || Math.abs(same.value - value) <= tolerance
    const within = largest === undefined || value <= largest
    const needed = [
      ...(same ? [`${figure(same.value, 8)}, up to ${figure(tolerance)}`] : []),
      ...(largest === undefined ? [] : [`at most ${figure(largest)}`]),
    ]
    return { name: statement, ok: near && within, measured: value, needed: needed.join('; ') || 'a measure' }
  })
  if (!stated) return checks
  if (stated.kind !== 'measured') {
    checks.push({
      name: 'the certificate is of the kind of the set',
      ok: false,
      measured: stated.kind,
      needed: 'measured',
    })
    return checks
  }
  checks.push({
    name: 'the certificate speaks of these data',
    ok: stated.provenance === found.provenance && stated.examples === found.examples,
    measured: `${found.examples} examples, ${found.provenance.slice(0, 16)}…`,
    needed: `${stated.examples} examples, ${stated.provenance.slice(0, 16)}…`,
  })
  const unknown = found.measures.filter(({ id }) => !stated.measures.some((each) => each.id === id))
  checks.push(
    {
      name: 'the certificate states every measure',
      ok: unknown.length === 0,
      measured: unknown.map(({ id }) => id).join(', ') || 'all',
      needed: 'all',
    },
    samePreconditions(stated, found, 0),
    {
      name: 'the certificate says that its claim holds',
      ok: stated.holds && found.holds,
      measured: stated.holds
        ? found.holds
          ? 'it holds'
          : 'it says so, but it does not hold'
        : 'it says that it does not',
      needed: 'it holds',
    },
  )
  return checks
}
