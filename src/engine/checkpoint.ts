import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RetortError } from '#core/errors'
import { localPlace } from '#data/local-place'
import type { Shard, StatisticsPass } from '#statistics/collect'
import { openStatistics } from '#statistics/statistics-file'
import { writeStatistics } from '#statistics/write-statistics'

/** Finished pieces of a long pass, kept beside its output until the pass is complete. */
export interface Checkpoint {
  /** The piece as an earlier run left it, or undefined where it must be read. */
  load(
    piece: Shard,
    expected: Pick<StatisticsPass, 'name' | 'examples' | 'membership'>,
  ): Promise<StatisticsPass | undefined>
  save(pass: StatisticsPass): Promise<void>
  remove(): Promise<void>
}

/**
 * @param output what the pass is for; pieces lie in `OUTPUT.retort-checkpoint`
 * @param identity what the data were, e.g. names and sizes of the files: pieces of other data are not used
 */
export function checkpointBeside(output: string, identity: string): Checkpoint {
  const folder = `${output}.retort-checkpoint`
  const pathOf = ({ index, count }: Shard) => join(folder, `${identity}-${index}-of-${count}`)
  return {
    async load(piece, expected) {
      const path = pathOf(piece)
      if (!existsSync(path)) return undefined
      try {
        const [source] = (await localPlace(path)).files
        const pass = await (await openStatistics(source)).load()
        return JSON.stringify(about(pass)) === JSON.stringify(about(expected)) ? pass : undefined
      } catch (error) {
        // A damaged piece is read again from the data.
        if (error instanceof RetortError) return undefined
        throw error
      }
    },
    async save(pass) {
      await mkdir(dirname(pathOf(pass.shard)), { recursive: true })
      await writeStatistics(pathOf(pass.shard), pass)
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

function about({ name, examples, membership }: Pick<StatisticsPass, 'name' | 'examples' | 'membership'>) {
  return { name, examples, membership: membership ?? null }
}
