/**
 * Runs the command line as a user would and writes what it measured, one dated markdown file per part.
 *
 *   npm run bench -- PART… [--date 2026-11-21] [--data ../shared/data] [--into bench/results] [--python python3]
 *                          [--count 10000000] [--runs 7] [--together 1]
 *                          [--steps 300] [--keep]
 *                          [--inputs 100] [--examples 40000] [--tasks 3] [--width 400]
 *
 * Without a part it lists them. Needs a build (`npm run build`); ends with 1 where a figure does not hold.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { environment } from './answers.ts'
import { createBench } from './bench.ts'
import { circumstances, document, pictureFile } from './document.ts'
import type { Part } from './part.ts'
import { parts } from './parts/index.ts'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    date: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    data: { type: 'string', default: process.env.RETORT_DATA ?? '../shared/data' },
    into: { type: 'string', default: 'bench/results' },
    python: { type: 'string', default: 'python3' },
    count: { type: 'string', default: '10000000' },
    runs: { type: 'string', default: '7' },
    together: { type: 'string', default: '1' },
    steps: { type: 'string' },
    inputs: { type: 'string', default: '100' },
    examples: { type: 'string', default: '40000' },
    tasks: { type: 'string', default: '3' },
    width: { type: 'string', default: '400' },
    keep: { type: 'boolean', default: false },
  },
})

if (positionals.length === 0) for (const { name, title } of parts) console.log(`${name.padEnd(16)} ${title}`)
const chosen = positionals.map((name) => {
  const part = parts.find((candidate) => candidate.name === name)
  if (part) return part
  throw new RangeError(`no part is called ${name}; there are ${parts.map((each) => each.name).join(', ')}`)
})
for (const part of chosen) await measure(part)

async function measure(part: Part): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `retort-${part.name}-`))
  const month = options.date.slice(0, 7)
  const places = { folder, dataRoot: resolve(options.data), python: options.python, into: options.into }
  const sizes = {
    inputs: Number(options.inputs),
    examples: Number(options.examples),
    tasks: Number(options.tasks),
    width: Number(options.width),
  }
  const bench = {
    ...places,
    month,
    count: Number(options.count),
    runs: Number(options.runs),
    together: Number(options.together),
    steps: options.steps === undefined ? undefined : Number(options.steps),
    sizes,
  }
  try {
    const { result } = await createBench(bench).retort(['env'])
    const around = circumstances(options.date, environment.parse(result))
    const measuring = createBench(bench)
    const findings = await part.measure(measuring)
    await mkdir(options.into, { recursive: true })
    const file = join(options.into, `${month}-${part.name}.md`)
    await writeFile(file, document(part, findings, around, measuring.commands))
    for (const { name, png } of findings.pictures ?? [])
      await writeFile(
        join(options.into, pictureFile({ date: options.date, part: part.name, picture: name })),
        png,
      )
    for (const [extension, text] of Object.entries(findings.files ?? {})) {
      await writeFile(join(options.into, `${month}-${part.name}.${extension}`), text)
    }
    console.log(file)
    for (const { what, measured, needed, holds } of findings.figures) {
      console.log(`${holds ? '✓' : '✗'} ${what}: ${measured}, needs ${needed}`)
      if (!holds) process.exitCode = 1
    }
  } finally {
    if (options.keep) console.log(`kept: ${folder}`)
    else await rm(folder, { recursive: true, force: true })
  }
}
