import type { Job } from './job.ts'
import { kernelArguments, layOut } from './job.ts'
import type { Team } from './team.ts'

/** Above this much memory a team is not kept for the next operation. */
const keptBytes = 2 ** 29

/** Runs large jobs one after another on a team of workers, which starts with the first of them. */
export class TeamLane {
  readonly #start: () => Promise<Team>
  #team: Promise<Team> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #pending = 0
  #reserved = 0
  #closed = false

  constructor(start: () => Promise<Team>) {
    this.#start = start
  }

  run(job: Job): Promise<number> {
    return this.exclusively(async (team) => {
      const layout = layOut(job, team.start, team.threads)
      await this.reserve(team, layout.end)
      for (const [block, address] of layout.addresses) {
        if (block.from) await team.write(address, block.from)
      }
      const status = await team.call(job.kernel, kernelArguments(job, layout))
      for (const [block, address] of layout.addresses) {
        if (block.to) await team.read(address, block.to)
      }
      return status
    })
  }

  /** Gives `work` the team, after all work that was given before. */
  exclusively<R>(work: (team: Team) => Promise<R>): Promise<R> {
    if (this.#closed) throw new Error('the linear-algebra provider is closed')
    this.#pending++
    const result = this.#last.then(async () => {
      this.#team ??= this.#start()
      try {
        return await work(await this.#team)
      } catch (error) {
        // After a failure the threads may wait for one another for ever.
        await this.#release()
        throw error
      } finally {
        this.#pending--
        if (this.#pending === 0 && this.#reserved > keptBytes) await this.#release()
      }
    })
    this.#last = result.catch(() => undefined)
    return result
  }

  async reserve(team: Team, bytes: number): Promise<void> {
    await team.reserve(bytes)
    this.#reserved = Math.max(this.#reserved, bytes)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#last
    await this.#release()
  }

  async #release(): Promise<void> {
    const team = await this.#team?.catch(() => undefined)
    this.#team = undefined
    this.#reserved = 0
    await team?.end()
  }
}
