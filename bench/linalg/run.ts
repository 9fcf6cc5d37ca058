/**
 * Times every linear-algebra provider that loads against NumPy, in turns, and prints a table of medians.
 *
 *   node --conditions=retort-source bench/linalg/run.ts [--runs 7] [--threads 1,2] [--providers native,wasm] [--only gemm]
 */
import { availableParallelism, cpus, loadavg } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { startNumpy } from './numpy.ts'
import type { Work } from './works.ts'
import { prepare, titleOf, works } from './works.ts'

/** Libraries keep their threads spinning for a moment after a call; the next contender waits for that. */
const restMilliseconds = 100
/** Shorter work is repeated until it fills this. */
const shortestSeconds = 0.03

interface Contender {
  readonly name: string
  readonly about: string
  prepare(work: Work): Promise<void>
  /** Seconds per repeat. */
  run(repeats: number): Promise<number>
  close(): Promise<void> | void
}

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    threads: { type: 'string', default: '1,2' },
    providers: { type: 'string', default: 'native,wasm' },
    only: { type: 'string', default: '' },
  },
})
const runs = Number(options.runs)
const chosen = works.filter((work) => titleOf(work).toLowerCase().includes(options.only.toLowerCase()))

const columns = ['NumPy', ...options.providers.split(',')]
console.log('# Linear algebra against NumPy\n')
console.log(
  `${new Date().toISOString().slice(0, 10)} · ${cpus()[0].model}, ${availableParallelism()} cores · Node ${process.version} · load ${loadavg()[0].toFixed(1)} at the start\n`,
)
console.log(
  `Written by \`npm run -s bench:linalg --${['', ...process.argv.slice(2)].join(' ')}\`. Median of ${runs} runs in turns; products go into a matrix that is there already, NumPy's too.\n`,
)
for (const threads of options.threads.split(',').map(Number)) await compare(threads)

async function compare(threads: number): Promise<void> {
  const contenders = await contendersWith(threads)
  console.log(`## ${threads} ${threads === 1 ? 'thread' : 'threads'}\n`)
  for (const { name, about } of contenders) console.log(`- ${name}: ${about}`)
  const head = columns.flatMap((name, i) => (i === 0 ? [`${name}, ms`] : [`${name}, ms`, `${name}, rate`]))
  console.log(`\n| work | ${head.join(' | ')} |\n|---|${head.map(() => '---:').join('|')}|`)
  for (const work of chosen) {
    const medians = await time(contenders, work)
    const peer = medians.get('NumPy') ?? NaN
    const cells = columns.flatMap((name, i) => {
      const seconds = medians.get(name)
      if (seconds === undefined) return ['–', '–']
      return i === 0 ? [milliseconds(seconds)] : [milliseconds(seconds), (peer / seconds).toFixed(2)]
    })
    console.log(`| ${titleOf(work)} | ${cells.join(' | ')} |`)
  }
  console.log('\nRate: NumPy’s time over the provider’s; above 1 the provider is faster.\n')
  for (const contender of contenders) await contender.close()
}

async function contendersWith(threads: number): Promise<Contender[]> {
  const numpy = await startNumpy(threads)
  const contenders: Contender[] = [{ name: 'NumPy', about: numpy.version, ...numpy }]
  for (const provider of options.providers.split(',')) {
    if (provider !== 'native' && provider !== 'wasm')
      throw new RangeError(`no provider is called ${provider}`)
    const choice = await chooseBlas({ provider, threads }).catch((error: unknown) => String(error))
    if (typeof choice === 'string') console.log(`- ${provider} is left out: ${choice}`)
    else contenders.push(contender(choice.blas))
  }
  return contenders
}

function contender(blas: Blas): Contender {
  let work: (blas: Blas) => Promise<unknown> = async () => undefined
  return {
    name: blas.id,
    about: `${blas.description}, ${blas.threads} threads`,
    async prepare(next) {
      work = prepare(next)
    },
    async run(repeats) {
      const start = performance.now()
      for (let i = 0; i < repeats; i++) await work(blas)
      return (performance.now() - start) / 1000 / repeats
    },
    close: () => blas.close(),
  }
}

/** Contenders take turns, so that a change of the machine's speed meets them all; the first turn warms up. */
async function time(contenders: readonly Contender[], work: Work): Promise<Map<string, number>> {
  for (const contender of contenders) await contender.prepare(work)
  const [first] = contenders
  const repeats = Math.ceil(shortestSeconds / Math.min(await first.run(1), await first.run(1)))
  const taken = new Map(contenders.map(({ name }): [string, number[]] => [name, []]))
  for (let turn = 0; turn <= runs; turn++) {
    for (const contender of contenders) {
      await pause(restMilliseconds)
      const seconds = await contender.run(repeats)
      if (turn > 0) taken.get(contender.name)?.push(seconds)
    }
  }
  return new Map([...taken].map(([name, seconds]) => [name, median(seconds)]))
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function milliseconds(seconds: number): string {
  const value = seconds * 1000
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)
}
