import type { Job } from './job.ts'
import type { LocalLane } from './local-lane.ts'
import type { TeamLane } from './team-lane.ts'

/** Floating-point operations below which a job runs on this thread: a millisecond or two at most. */
const smallWork = 5e6
const smallBytes = 2 ** 22

/** Where jobs run. The choice depends on the job alone, so that the same call always gives the same bits. */
export interface Lanes {
  readonly local: LocalLane
  readonly team: TeamLane
}

export function runJob(lanes: Lanes, job: Job): Promise<number> {
  return isSmall(job) ? lanes.local.run(job) : lanes.team.run(job)
}

function isSmall(job: Job): boolean {
  if (job.work >= smallWork) return false
  let bytes = job.scratchBytes
  for (const arg of job.args) if (typeof arg !== 'number') bytes += arg.bytes
  return bytes < smallBytes
}
