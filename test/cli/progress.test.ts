import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandOf, retort } from './run.ts'
import { csvTable, writeFiles } from './small-data.ts'

const root = mkdtempSync(join(tmpdir(), 'retort-progress-'))
afterAll(() => rmSync(root, { recursive: true }))

const table = writeFiles(join(root, 'table'), {
  'train.csv': csvTable(160, 95, ['kind']),
  'test.csv': csvTable(40, 96, ['kind']),
})

const hasPython = spawnSync('python3', ['-c', 'import pty']).status === 0

/** Runs a command with stderr, or both outputs, on a pseudo-terminal; what came where, and when the first of it came. */
const observer = `
import json, os, pty, selectors, subprocess, sys, time
both, *command = sys.argv[1:]
master, slave = pty.openpty()
begin = time.monotonic()
child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave if both == "both" else subprocess.PIPE, stderr=slave,
    env={**os.environ, "TERM": "xterm", "NODE_OPTIONS": ""})
os.close(slave)
seen = {"terminal": [b"", None], "stdout": [b"", None]}
with selectors.DefaultSelector() as selector:
    selector.register(master, selectors.EVENT_READ, "terminal")
    if child.stdout:
        selector.register(child.stdout.fileno(), selectors.EVENT_READ, "stdout")
    while selector.get_map():
        for key, _ in selector.select():
            try:
                part = os.read(key.fd, 65536)
            except OSError:
                part = b""
            if not part:
                selector.unregister(key.fd)
                continue
            entry = seen[key.data]
            entry[0] += part
            entry[1] = entry[1] or time.monotonic() - begin
print(json.dumps({"code": child.wait(), **{name: {"text": text.decode(), "first": first} for name, (text, first) in seen.items()}}))
`

interface Seen {
  code: number
  terminal: { text: string; first: number | null }
  stdout: { text: string; first: number | null }
}

async function observe(words: readonly string[], terminal: 'stderr' | 'both'): Promise<Seen> {
  const [program, args] = commandOf(words)
  const { stdout } = await promisify(execFile)('python3', [
    join(root, 'observe.py'),
    terminal,
    program,
    ...args,
  ])
  return JSON.parse(stdout)
}

describe.skipIf(!hasPython)('in a terminal (needs python3 for a pseudo-terminal)', () => {
  beforeAll(() => writeFileSync(join(root, 'observe.py'), observer))

  test('progress appears on stderr within 100 ms of start-up, is erased, and stays off stdout', async () => {
    const words = ['statistics', 'glyphs:8000', '-o', join(root, 'part'), '--json', '--force']
    const delays: number[] = []
    for (let i = 0; i < 3; i++) {
      // Help loads the same modules and then prints: the end of start-up.
      const help = await observe(['statistics', '--help'], 'stderr')
      const run = await observe(words, 'stderr')
      expect([help.code, run.code]).toEqual([0, 0])
      expect(run.terminal.text.startsWith('\r\u001B[2Kopening')).toBe(true)
      expect(run.terminal.text).toMatch(/statistics {2}\d+ % /)
      expect(run.terminal.text.endsWith('\r\u001B[2K')).toBe(true)
      expect(JSON.parse(run.stdout.text)).toMatchObject({ schemaVersion: 1, examples: 8000 })
      delays.push((run.terminal.first ?? Infinity) - (help.stdout.first ?? 0))
    }
    expect(Math.min(...delays)).toBeLessThan(0.1)
  })

  test('results stand alone on their lines where both outputs are the terminal', async () => {
    const words = ['distill', table, '-o', join(root, 'both'), '--no-baselines']
    const { code, terminal } = await observe(words, 'both')
    expect(code).toBe(0)
    const lines = terminal.text.split('\r\n').map((line) => line.split('\u001B[2K').at(-1))
    expect(lines.some((line) => /^original +160 /.test(line ?? ''))).toBe(true)
    expect(terminal.text).toContain('\u001B[32m3 points give the model')
  })

  test('--quiet shows nothing but the result', async () => {
    const words = ['distill', table, '-o', join(root, 'quiet'), '--quiet', '--json']
    const { code, terminal } = await observe(words, 'stderr')
    expect({ code, text: terminal.text }).toEqual({ code: 0, text: '' })
  })
})

test('without a terminal there is neither progress nor colour on a short run', async () => {
  const { code, stdout, stderr } = await retort(['distill', table, '-o', join(root, 'plain')])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).not.toContain('\u001B')
})
