import { z } from 'zod'
import { storages } from '#core/storage'
import type { Certificate, CertificateClaim, FileRecord, Seal } from '#core/certificate'
import { sha256Hex } from '#core/hash'
import { canonicalJson } from './canonical-json.ts'
import { decodeJson } from './run-record.ts'

const measured = z.union([z.number(), z.string()])

const difference = {
  split: z.enum(['test', 'hold-out']),
  inputs: z.int(),
  largestDifference: z.number(),
  largestBiasDifference: z.number(),
}

const common = {
  schemaVersion: z.literal(1),
  preconditions: z.array(
    z.strictObject({
      id: z.string(),
      theorem: z.string(),
      statement: z.string(),
      holds: z.union([z.boolean(), z.literal('unknown')]),
      measured,
      needed: z.string(),
    }),
  ),
  claim: z.string(),
  points: z.int(),
  examples: z.int(),
  holds: z.boolean(),
  storage: z.enum(storages),
  provenance: z.string(),
  files: z.record(z.string(), z.strictObject({ sha256: z.string(), bytes: z.int() })),
  digest: z.string(),
}

const ridgeCertificate = z.strictObject({
  kind: z.literal('ridge'),
  ...common,
  theorem: z.strictObject({ id: z.string(), statement: z.string(), source: z.string() }),
  relativeError: z.number(),
  tolerance: z.number(),
  otherRidges: z.array(z.strictObject({ ridge: z.number(), relativeError: z.number() })).optional(),
  conditionNumbers: z.strictObject({ points: z.number(), weight: z.number() }),
  guarantee: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('class'), ...difference, certified: z.int() }),
      z.strictObject({ kind: z.literal('real'), ...difference, largestChange: z.number() }),
    ])
    .optional(),
})

const measuredCertificate = z.strictObject({
  kind: z.literal('measured'),
  ...common,
  measures: z.array(
    z.strictObject({
      id: z.string(),
      statement: z.string(),
      value: z.number(),
      tolerance: z.number(),
      largest: z.number().optional(),
      from: z.enum(['folder', 'data']),
    }),
  ),
})

const certificateSchema = z.discriminatedUnion('kind', [ridgeCertificate, measuredCertificate])

/** The claim together with the files it is about, and the digest of both. */
export function sealCertificate<C extends CertificateClaim>(
  claim: C,
  files: Readonly<Record<string, FileRecord>>,
): Certificate<C> {
  const seal: Seal = { files, digest: digestOf({ ...claim, files }) }
  return { ...claim, ...seal }
}

/** SHA-256 of a certificate in canonical JSON without its own digest. */
export function digestOf(certificate: CertificateClaim & Partial<Seal>): string {
  return sha256Hex(canonicalJson({ ...certificate, digest: undefined }))
}

export function encodeCertificate(certificate: Certificate): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(canonicalJson(certificate))
}

/**
 * @param file named in errors
 * @throws RetortError `artefact/corrupt`, `artefact/schema`
 */
export function decodeCertificate(file: string, bytes: Uint8Array): Certificate {
  return decodeJson(file, bytes, certificateSchema)
}
