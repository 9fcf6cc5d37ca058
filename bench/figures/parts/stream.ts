import { distilled, streamed } from '../answers.ts'
import type { Bench } from '../bench.ts'
import type { MemoryTrace } from '../memory.ts'
import { tenths, traceMemory } from '../memory.ts'
import type { Figure, Part } from '../part.ts'
import { group, megabytes, seconds } from '../wording.ts'

/** Resident memory that no size of data may exceed. */
const memoryBound = 500e6
/** Ten times the images may cost this factor in memory and still count as none. */
const flat = 1.15

interface Streamed {
  readonly verb: 'statistics' | 'distill'
  readonly count: number
  readonly trace: MemoryTrace
  readonly peakBytes: number
  /** Images per second of the pass over them. */
  readonly rate: number
  readonly seconds: number
}

export const stream: Part = {
  name: 'stream',
  title: 'Images streamed: memory and rate',
  async measure(bench) {
    const counts = [Math.ceil(bench.count / 10), bench.count]
    const runs: Streamed[] = []
    for (const verb of ['statistics', 'distill'] as const)
      for (const count of counts) runs.push(await streamWith(bench, verb, count))
    return {
      about: [
        'Drawn digits of 28 × 28 bytes (the generator `glyphs`), made, counted and forgotten one block at a time. Resident ' +
          'memory (VmRSS) is read every second from outside the process; the peak is what the process itself reports at its ' +
          'end. The rate counts everything in the pass, drawing included. `distill` fills a sample of the images during the ' +
          'pass (for the baselines, at most 64 000 of these), and its last tenth holds the fit, the scores and the report.',
      ],
      figures: [
        ...runs.map(({ verb, count, peakBytes }) => ({
          what: `${verb}, ${group(count)} images: largest resident memory`,
          measured: megabytes(peakBytes),
          needed: `≤ ${megabytes(memoryBound)}`,
          holds: peakBytes <= memoryBound,
        })),
        ...[runs.slice(0, 2), runs.slice(2)].map(growthFigure),
      ],
      tables: [
        {
          title: 'Rate',
          columns: ['command', 'images', 'seconds', 'images/s', 'peak memory'],
          rows: runs.map((run) => [
            `\`retort ${run.verb}\``,
            group(run.count),
            seconds(run.seconds),
            group(run.rate),
            megabytes(run.peakBytes),
          ]),
        },
        {
          title: 'Largest resident memory in each tenth of the time, MB',
          columns: ['command', 'images', ...Array.from({ length: 10 }, (_, i) => String(i + 1))],
          rows: runs.map(({ verb, count, trace }) => [
            `\`retort ${verb}\``,
            group(count),
            ...tenths(trace).map((bytes) => String(Math.round(bytes / 1e6))),
          ]),
        },
      ],
    }
  },
}

function growthFigure([fewer, more]: readonly Streamed[]): Figure {
  const growth = more.peakBytes / fewer.peakBytes
  return {
    what: `${more.verb}: peak memory of ${group(more.count)} images against ${group(fewer.count)}`,
    measured: `${growth.toFixed(2)} ×`,
    needed: `≤ ${flat} ×`,
    holds: growth <= flat,
  }
}

async function streamWith(bench: Bench, verb: Streamed['verb'], count: number): Promise<Streamed> {
  const output = verb === 'statistics' ? `glyphs-${count}.statistics` : `glyphs-${count}`
  const traces: MemoryTrace[] = []
  const { result } = await bench.retort([verb, `glyphs:${count}`, '-o', output, '--force'], (pid) => {
    const { trace, stop } = traceMemory(pid)
    traces.push(trace)
    return stop
  })
  const measured = { verb, count, trace: traces[0] }
  if (verb === 'statistics') {
    const { examplesPerSecond, seconds, peakMemoryBytes } = streamed.parse(result)
    return { ...measured, peakBytes: peakMemoryBytes, rate: examplesPerSecond, seconds }
  }
  const { seconds, peakMemoryBytes } = distilled.parse(result)
  const rate = count / (seconds.read + seconds.statistics)
  return { ...measured, peakBytes: peakMemoryBytes, rate, seconds: seconds.total }
}
