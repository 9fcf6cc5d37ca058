import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

export interface Outcome {
  /** As a shell gives it: 128 + its number where a signal ended the process. One that hangs is killed after 50 s: 137. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly outcome: Promise<Outcome>
}

interface RunOptions {
  cwd?: string
  env?: Record<string, string>
}

const patience = 50_000

/** The program and the arguments that run the command line from source. */
export function commandOf(words: readonly string[]): [string, string[]] {
  const entry = new URL('../../src/cli/run.ts', import.meta.url).pathname
  return [process.execPath, ['--conditions=retort-source', entry, ...words]]
}

/** Starts the command line from source in a process of its own, as a user would, without a terminal. */
export function startRetort(words: readonly string[], options: RunOptions = {}): Running {
  const [program, args] = commandOf(words)
  const child = spawn(program, args, {
    cwd: options.cwd,
    // One thread each: tests run side by side.
    env: { ...process.env, NODE_OPTIONS: '', RETORT_THREADS: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const outcome = new Promise<Outcome>((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    const hangs = setTimeout(() => child.kill('SIGKILL'), patience)
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(hangs)
      resolve({ code: code ?? 128 + (signal ? constants.signals[signal] : 0), stdout, stderr })
    })
  })
  return { child, outcome }
}

/** Runs the command line to its end. */
export function retort(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return startRetort(words, options).outcome
}
