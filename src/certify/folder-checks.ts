import { readdir } from 'node:fs/promises'
import type { Certificate, Check, FileRecord } from '#core/certificate'
import { RetortError } from '#core/errors'
import type { ArtefactFile } from '#artefact/artefact-files'
import { artefactFiles, certificateFile, fileRecord, recordedFiles } from '#artefact/artefact-files'
import { decodeCertificate, digestOf, encodeCertificate } from '#artefact/certificate-file'
import { readArtefactFile } from '#artefact/read'

/** The files that could be read, and what their certificate says where it can be read. */
export interface CheckedFolder {
  readonly checks: readonly Check[]
  readonly files: ReadonlyMap<ArtefactFile, Uint8Array>
  readonly certificate?: Certificate
}

/** Reads a folder and checks its files. Names with a dot in front belong to tools: .gitattributes, .DS_Store. */
export async function checkFolder(directory: string): Promise<CheckedFolder> {
  const names = (await readdir(directory)).filter((name) => !name.startsWith('.'))
  const files = new Map<ArtefactFile, Uint8Array>()
  for (const name of [certificateFile, ...recordedFiles] as const) {
    if (names.includes(name)) files.set(name, await readArtefactFile(directory, name))
  }
  return { ...checkFiles(names, files), files }
}

/**
 * Which files there are, and whether each is, byte for byte, the one that was certified.
 * @param names all that the folder holds
 */
export function checkFiles(
  names: readonly string[],
  files: ReadonlyMap<ArtefactFile, Uint8Array>,
): Omit<CheckedFolder, 'files'> {
  const found = names.toSorted()
  const expected = Object.keys(artefactFiles).sort()
  const checks: Check[] = [
    {
      name: 'the folder holds the files of an artefact and no others',
      ok: found.join('\n') === expected.join('\n'),
      measured: differenceOf(found, expected),
      needed: `${expected.length} files`,
    },
  ]
  const { certificate, checks: own } = checkCertificateFile(files.get(certificateFile))
  checks.push(...own)
  for (const name of recordedFiles) {
    const record = certificate?.files[name]
    const bytes = files.get(name)
    const actual = bytes && fileRecord(bytes)
    checks.push({
      name: `${name} is unchanged`,
      ok: actual !== undefined && record?.sha256 === actual.sha256 && record.bytes === actual.bytes,
      measured: actual ? recordText(actual) : 'no such file',
      needed: record ? recordText(record) : 'a record in certificate.json',
    })
  }
  return { checks, ...(certificate && { certificate }) }
}

function checkCertificateFile(bytes: Uint8Array | undefined): {
  checks: Check[]
  certificate?: Certificate
} {
  const name = 'certificate.json is whole and unchanged'
  const needed = 'a certificate in canonical JSON whose digest is its own'
  if (!bytes) return { checks: [{ name, ok: false, measured: 'no such file', needed }] }
  let certificate: Certificate
  try {
    certificate = decodeCertificate(certificateFile, bytes)
  } catch (error) {
    return { checks: [{ name, ok: false, measured: faultText(error), needed }] }
  }
  const canonical = sameBytes(encodeCertificate(certificate), bytes)
  const digest = digestOf(certificate) === certificate.digest
  const records = Object.keys(certificate.files).sort().join('\n') === [...recordedFiles].sort().join('\n')
  const measured = !canonical
    ? 'not canonical JSON'
    : !digest
      ? `digest ${digestOf(certificate).slice(0, 16)}…, stated ${certificate.digest.slice(0, 16)}…`
      : records
        ? `digest ${certificate.digest.slice(0, 16)}…`
        : 'records of other files than the folder has'
  return { checks: [{ name, ok: canonical && digest && records, measured, needed }], certificate }
}

/** What a typed error says, for a check that it fails; any other error is a bug and goes on. */
export function faultText(error: unknown): string {
  if (error instanceof RetortError) return error.message
  throw error
}

function recordText({ bytes, sha256 }: FileRecord): string {
  return `${bytes} bytes, sha256 ${sha256.slice(0, 16)}…`
}

function differenceOf(found: readonly string[], expected: readonly string[]): string {
  const missing = expected.filter((name) => !found.includes(name))
  const extra = found.filter((name) => !expected.includes(name))
  const parts = [
    ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`not of the artefact: ${extra.join(', ')}`] : []),
  ]
  return parts.join('; ') || `${found.length} files`
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
