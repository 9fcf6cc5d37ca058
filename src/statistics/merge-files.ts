import { RetortError } from '#core/errors'
import type { Source } from '#data/source'
import { addRecord, createRecord, requireSameShape } from './record.ts'
import type { StatisticsPass } from './collect.ts'
import type { StatisticsFile } from './statistics-file.ts'
import { openStatistics, requireSamePass } from './statistics-file.ts'

/**
 * The statistics of a whole pass from the files of its shards, in any order: the same bytes, once encoded, as one pass
 * gives. All heads are checked before any sums are read, and one file at a time is held in memory.
 * @throws RetortError `data/statistics-differ`, `data/missing-shard`, `data/doubled-shard`, and what reading throws
 */
export async function mergeStatisticsFiles(parts: readonly Source[]): Promise<StatisticsPass> {
  const files: StatisticsFile[] = []
  for (const part of parts) files.push(await openStatistics(part))
  if (files.length === 0) throw missing([], 0)
  const [first, ...others] = files
  for (const other of others) {
    requireSamePass(first, other)
    requireSameShape(first.shape, other.shape)
  }
  requireAllShards(files)
  const { name, examples, membership, shape } = first
  const fit = createRecord(shape)
  const holdOut = createRecord(shape)
  for (const file of files) {
    const part = await file.load()
    await addRecord(fit, part.fit)
    await addRecord(holdOut, part.holdOut)
  }
  return { name, examples, membership, shard: { index: 1, count: 1 }, fit, holdOut }
}

function requireAllShards(files: readonly StatisticsFile[]): void {
  const { count } = files[0].shard
  const seen = new Map<number, string>()
  for (const { shard, path } of files) {
    const other = seen.get(shard.index)
    if (other !== undefined) {
      throw new RetortError({
        code: 'data/doubled-shard',
        message: `${other} and ${path} are both shard ${shard.index} of ${count}`,
        why: 'Its examples would count twice.',
        hint: 'Give each shard once.',
        path,
        values: { shard: shard.index, shards: count },
      })
    }
    seen.set(shard.index, path)
  }
  const absent = Array.from({ length: count }, (_, i) => i + 1).filter((index) => !seen.has(index))
  if (absent.length > 0) throw missing(absent, count)
}

function missing(absent: readonly number[], count: number): RetortError {
  const [first = 1] = absent
  return new RetortError({
    code: 'data/missing-shard',
    message: count === 0 ? 'No statistics were given' : `Shard ${absent.join(', ')} of ${count} is missing`,
    why: 'Only all shards together are the whole dataset.',
    hint:
      count === 0
        ? 'Name the files to merge: retort merge part-1 part-2 -o whole'
        : `Take it and give it too: retort statistics DATA --shard ${first}/${count} -o part-${first}`,
    values: { missing: absent.join(', '), shards: count },
  })
}
