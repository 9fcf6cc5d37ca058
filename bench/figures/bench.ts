import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What every part measures with. */
export interface Bench {
  /** Scratch folder in which every command runs. */
  readonly folder: string
  /** Examples that `stream` draws. */
  readonly count: number
  /** Pairs of runs that `time` compares. */
  readonly runs: number
  /** Commands of one table that run side by side; 1 where the machine is small. */
  readonly together: number
  /** Steps of methods that iterate, in the place of each part's own budget. */
  readonly steps?: number
  /** Sizes of synthetic tasks. */
  readonly sizes: Sizes
  /** Year and month of the results, which their names begin with. */
  readonly month: string
  /** Command lines run so far, as one would type them. */
  readonly commands: readonly string[]
  /** Path of a file or folder of the real data. */
  data(...parts: string[]): string
  /** Runs `retort` with the given words, `--json` and `--quiet`. */
  retort(words: readonly string[], watch?: Watch): Promise<Run>
  /** What a part of the same month left as JSON, or undefined where there is nothing. */
  begun(part: string): Promise<unknown>
  /** Lists a command of `retort` whose result is taken from an earlier run. */
  list(words: readonly string[]): void
  /** Leaves it for a run that goes on after this one, should this one be stopped. */
  leave(part: string, found: unknown): Promise<void>
  /** The same with every report of progress on the way, by `--jsonl`. */
  events(words: readonly string[]): Promise<Run & { readonly events: readonly unknown[] }>
  /** Runs a script of bench/peers. */
  peer(script: string, words: readonly string[]): Promise<Run>
  /** Runs another program. */
  program(path: string, words: readonly string[]): Promise<Run>
}

/** Sizes of synthetic tasks, small ones for a trial. */
export interface Sizes {
  /** Input dimension d. */
  readonly inputs: number
  /** Training examples n. */
  readonly examples: number
  /** Tasks of other seeds that are averaged over. */
  readonly tasks: number
  /** Width L. */
  readonly width: number
}

export interface Run {
  /** What it printed as JSON; undefined where it is none. */
  readonly result: unknown
  /** From start to end of the process. */
  readonly seconds: number
}

/** Called with the process id of a command once it runs; what it returns is called when it has ended. */
export type Watch = (pid: number) => () => void

export interface BenchSettings {
  readonly folder: string
  readonly dataRoot: string
  readonly python: string
  readonly count: number
  readonly runs: number
  readonly together: number
  readonly steps?: number
  readonly sizes: Sizes
  readonly month: string
  /** Folder of the results. */
  readonly into: string
}

/** Exit code of a check that does not hold: a result, not a failure of the benchmark. */
const checkFailed = 4

const repository = fileURLToPath(new URL('../../', import.meta.url))

export function createBench(settings: BenchSettings): Bench {
  const { folder, dataRoot, python, count, runs, together, steps, sizes, month, into } = settings
  const commands: string[] = []
  const left = (part: string) => join(into, `${month}-${part}.json`)
  const typed = (words: readonly string[]): string =>
    words
      .map((word) =>
        word === dataRoot || word.startsWith(dataRoot + sep)
          ? '$RETORT_DATA' + word.slice(dataRoot.length)
          : word,
      )
      .map((word) => (/^[\w@%+=:,./$-]+$/.test(word) ? word : `'${word}'`))
      .join(' ')
  const listed = (shown: readonly string[]): string => {
    const command = typed(shown)
    if (!commands.includes(command)) commands.push(command)
    return command
  }
  const run = async (shown: readonly string[], program: string, words: readonly string[], watch?: Watch) => {
    process.stderr.write(`${listed(shown)}\n`)
    return await execute(program, words, folder, watch)
  }
  const entry = join(repository, 'bin', 'retort.js')
  return {
    folder,
    count,
    runs,
    together,
    steps,
    sizes,
    month,
    commands,
    data: (...parts) => join(dataRoot, ...parts),
    async retort(words, watch) {
      const all = [entry, ...words, '--json', '--quiet']
      const { output, seconds } = await run(['retort', ...words], process.execPath, all, watch)
      return { result: parsed(output), seconds }
    },
    async events(words) {
      const all = [entry, ...words, '--jsonl', '--quiet']
      const { output, seconds } = await run(['retort', ...words], process.execPath, all)
      const events = output.trim().split('\n').map(parsed)
      return { result: events.at(-1), seconds, events }
    },
    async peer(script, words) {
      const all = [join(repository, 'bench', 'peers', script), ...words]
      const { output, seconds } = await run(['python3', `bench/peers/${script}`, ...words], python, all)
      return { result: parsed(output), seconds }
    },
    async program(path, words) {
      const { output, seconds } = await run([path, ...words], path, words)
      return { result: parsed(output), seconds }
    },
    begun: async (part) => (existsSync(left(part)) ? parsed(await readFile(left(part), 'utf8')) : undefined),
    list(words) {
      listed(['retort', ...words])
    },
    async leave(part, found) {
      await mkdir(into, { recursive: true })
      await writeFile(left(part), `${JSON.stringify(found, undefined, 1)}\n`)
    },
  }
}

interface Ended {
  readonly output: string
  readonly seconds: number
}

function execute(program: string, words: readonly string[], cwd: string, watch?: Watch): Promise<Ended> {
  const begin = performance.now()
  const child = spawn(program, words, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = child.pid === undefined ? undefined : watch?.(child.pid)
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const seconds = (performance.now() - begin) / 1000
      ended?.()
      if (code === 0 || code === checkFailed) resolve({ output, seconds })
      else reject(new Error(`${program} ${words.join(' ')} ended with ${code}\n${errors}`))
    })
  })
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output)
  } catch {
    return undefined
  }
}
