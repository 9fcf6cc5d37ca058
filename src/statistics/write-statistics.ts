import { writeFileAtomically } from '#data/atomic-file'
import type { StatisticsPass } from './collect.ts'
import { encodeStatistics } from './statistics-file.ts'

/**
 * Writes a statistics file atomically.
 * @throws RetortError `resource/disk-full`, `resource/io`, `usage/not-writable`
 */
export async function writeStatistics(path: string, saved: StatisticsPass): Promise<void> {
  await writeFileAtomically(path, await encodeStatistics(saved))
}
