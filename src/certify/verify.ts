import type { CertificateClaim, Check, MeasuredClaim } from '#core/certificate'
import type { RidgeTraining } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import type { Watch } from '#core/progress'
import type { ArtefactFile } from '#artefact/artefact-files'
import { recordedFiles } from '#artefact/artefact-files'
import { missing } from '#artefact/faults'
import type { StoredArtefact, StoredFiles } from '#artefact/read'
import { decodeStored, isRidge, requireFolder } from '#artefact/read'
import type { Blas } from '#linalg/blas'
import { checkClaim } from './claim-checks.ts'
import { checkClasses, checkRecords, checkTable } from './content-checks.ts'
import type { Recomputed } from './data-checks.ts'
import { checkData } from './data-checks.ts'
import { checkFolder, faultText } from './folder-checks.ts'
import { checkMeasures } from './measured-checks.ts'

export interface VerifyOptions {
  readonly blas: Blas
  /** Measures the claim of a set without a theorem again, from its folder or with the data. */
  readonly measure?: (stored: StoredArtefact, watch: Watch) => Promise<MeasuredClaim>
  /** Fits the model on the data again, with the settings that the artefact records. */
  readonly data?: (stored: StoredArtefact<RidgeTraining>, watch: Watch) => Promise<Recomputed>
}

export interface Verification {
  readonly ok: boolean
  /** ‖W_S − W‖ / ‖W‖ measured now; null where the set cannot be read, or has no W. */
  readonly relativeError: number | null
  readonly checks: readonly Check[]
}

/**
 * Checks an artefact from its folder alone, and against the data where they are given. A check that fails is a result,
 * not an error.
 * @throws RetortError `artefact/missing` where the folder holds no artefact at all; whatever `data` throws
 */
export async function verifyArtefact(
  directory: string,
  { blas, data, measure }: VerifyOptions,
  watch: Watch = {},
): Promise<Verification> {
  await requireFolder(directory)
  const folder = await checkFolder(directory)
  if (!folder.certificate && !recordedFiles.some((name) => folder.files.has(name))) {
    throw missing(directory, `${directory} holds none of the files of an artefact`)
  }
  const checks: Check[] = [...folder.checks]
  let stored: StoredArtefact
  try {
    stored = await decodeStored(directory, storedFiles(directory, folder.files))
  } catch (error) {
    checks.push({
      name: 'distilled.safetensors and run.json can be read',
      ok: false,
      measured: faultText(error),
      needed: 'a distilled set and the record of its run',
    })
    return { ok: false, relativeError: null, checks }
  }
  watch.signal?.throwIfAborted()
  const table = folder.files.get('train.parquet')
  if (table) checks.push(await checkTable(table, stored))
  checks.push(...checkClasses(stored), checkRecords(stored, stored.run, folder.certificate))

  const relativeError = isRidge(stored)
    ? await checkRidge(stored, folder.certificate, { blas, data }, checks, watch)
    : null
  if (!isRidge(stored) && measure)
    checks.push(...(await measuredChecks(stored, folder.certificate, measure, watch)))
  return { ok: checks.every(({ ok }) => ok), relativeError, checks }
}

/** The checks of a set without a theorem; one that cannot be measured any more fails. */
async function measuredChecks(
  stored: StoredArtefact,
  certificate: CertificateClaim | undefined,
  measure: NonNullable<VerifyOptions['measure']>,
  watch: Watch,
): Promise<Check[]> {
  try {
    return checkMeasures(certificate, await measure(stored, watch))
  } catch (error) {
    if (error instanceof RetortError && /^(usage|config|interrupted|resource|data)\//.test(error.code))
      throw error
    const measured = faultText(error)
    return [
      { name: 'what the certificate states can be measured', ok: false, measured, needed: 'a sound set' },
    ]
  }
}

/** Adds the checks of a set that gives W; the relative error measured now. */
async function checkRidge(
  stored: StoredArtefact<RidgeTraining>,
  certificate: CertificateClaim | undefined,
  { blas, data }: VerifyOptions,
  checks: Check[],
  watch: Watch,
): Promise<number> {
  const recomputed = await data?.(stored, watch)
  const stated = certificate?.kind === 'ridge' ? certificate : undefined
  if (certificate && !stated) {
    checks.push({
      name: 'the certificate is of the kind of the set',
      ok: false,
      measured: certificate.kind,
      needed: 'ridge',
    })
  }
  const { checks: claimChecks, claim } = await checkClaim(stored, stated, {
    blas,
    others: recomputed?.others,
    test: recomputed?.test,
  })
  checks.push(...claimChecks)
  if (recomputed) checks.push(...checkData(stored, recomputed, stated, claim))
  return claim.relativeError
}

function storedFiles(directory: string, files: ReadonlyMap<ArtefactFile, Uint8Array>): StoredFiles {
  const bytesOf = (name: keyof StoredFiles): Uint8Array => {
    const bytes = files.get(name)
    if (!bytes) throw missing(directory, `${directory} holds no ${name}`)
    return bytes
  }
  return { 'distilled.safetensors': bytesOf('distilled.safetensors'), 'run.json': bytesOf('run.json') }
}
