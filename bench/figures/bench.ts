import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
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
  /** What an earlier part of the same month left as JSON. */
  earlier(part: string): Promise<unknown>
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
  readonly sizes: Sizes
  readonly month: string
  /** Folder of the results. */
  readonly into: string
}

/** Exit code of a check that does not hold: a result, not a failure of the benchmark. */
const checkFailed = 4

const repository = fileURLToPath(new URL('../../', import.meta.url))

export function createBench(settings: BenchSettings): Bench {
  const { folder, dataRoot, python, count, runs, sizes, month, into } = settings
  const commands: string[] = []
  const typed = (words: readonly string[]): string =>
    words
      .map((word) =>
        word === dataRoot || word.startsWith(dataRoot + sep)
          ? '$RETORT_DATA' + word.slice(dataRoot.length)
          : word,
      )
      .map((word) => (/^[\w@%+=:,./$-]+$/.test(word) ? word : `'${word}'`))
      .join(' ')
  const run = async (shown: readonly string[], program: string, words: readonly string[], watch?: Watch) => {
    const command = typed(shown)
    if (!commands.includes(command)) commands.push(command)
    process.stderr.write(`${command}\n`)
    return await execute(program, words, folder, watch)
  }
  return {
    folder,
    count,
    runs,
    sizes,
    month,
    commands,
    data: (...parts) => join(dataRoot, ...parts),
    retort(words, watch) {
      const all = [...words, '--json', '--quiet']
      return run(
        ['retort', ...words],
        process.execPath,
        [join(repository, 'bin', 'retort.js'), ...all],
        watch,
      )
    },
    async earlier(part) {
      const path = join(into, `${month}-${part}.json`)
      if (!existsSync(path)) throw new RangeError(`${path} is not there; run bench -- ${part} first`)
      return parsed(await readFile(path, 'utf8'))
    },
    peer: (script, words) =>
      run(['python3', `bench/peers/${script}`, ...words], python, [
        join(repository, 'bench', 'peers', script),
        ...words,
      ]),
    program: (path, words) => run([path, ...words], path, words),
  }
}

function execute(program: string, words: readonly string[], cwd: string, watch?: Watch): Promise<Run> {
  const begin = performance.now()
  const child = spawn(program, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
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
      if (code === 0 || code === checkFailed) resolve({ result: parsed(output), seconds })
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
