import { execFileSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import type { z } from 'zod'
import type { environment } from './answers.ts'
import type { Findings, Part, Picture, Table } from './part.ts'
import { yesNo } from './wording.ts'

/** Where and when figures were measured. */
export interface Circumstances {
  readonly date: string
  readonly machine: z.output<typeof environment>
  /** Commit of the code, and whether it had been changed since. */
  readonly code: string
  /** Processes waiting to run when the part began; about 0 on a quiet machine. */
  readonly load: number
}

export function circumstances(date: string, machine: z.output<typeof environment>): Circumstances {
  const git = (...words: string[]) =>
    execFileSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  // A copy without its history is told which commit it is of.
  const named = process.env.RETORT_COMMIT
  const commit = () =>
    `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--', ':/src', ':/bin') === '' ? '' : ' with changes'}`
  return {
    date,
    machine,
    code: named ?? commit(),
    load: loadavg()[0],
  }
}

/** The file of a part in markdown. */
export function document(
  { name, title }: Part,
  { about, figures, tables, pictures = [] }: Findings,
  { date, machine, code, load }: Circumstances,
  commands: readonly string[],
): string {
  const { retort, node, platform, cores, memoryGiB, blas } = machine
  const [library] = blas.description.split(', ')
  const bounds: Table = {
    title: 'What has to hold',
    columns: ['figure', 'measured', 'needed', 'holds'],
    rows: figures.map(({ what, measured, needed, holds }) => [what, measured, needed, yesNo(holds)]),
  }
  return [
    `# ${title}`,
    `${date} · ${cpus()[0].model}, ${cores} cores, ${memoryGiB} GiB, ${platform} · Node ${node} · ` +
      `Retort ${retort} (${code}) · ${library}, ${blas.threads} threads · load ${load.toFixed(1)} at the start`,
    `Written by \`npm run bench -- ${name}\`; nothing here is typed by hand.`,
    ...about,
    ...(figures.length > 0 ? [section(bounds)] : []),
    ...pictures.map((picture) => pictured(picture, pictureFile({ date, part: name, picture: picture.name }))),
    ...tables.map(section),
    ...(commands.length > 0
      ? [
          '## Commands',
          '`$RETORT_DATA` is the folder of the real data; each command was run in one scratch folder.',
          '```sh\n' + commands.join('\n') + '\n```',
        ]
      : []),
  ]
    .join('\n\n')
    .concat('\n')
}

/** Name of the file of a picture, beside that of its part. */
export function pictureFile(of: { date: string; part: string; picture: string }): string {
  return `${of.date.slice(0, 7)}-${of.part}-${of.picture}.png`
}

function pictured({ title, caption }: Picture, file: string): string {
  return `## ${title}\n\n![${caption}](${file})\n\n${caption}`
}

function section({ title, columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [`## ${title}\n`, line(columns), `|${columns.map(() => '---|').join('')}`, ...rows.map(line)].join(
    '\n',
  )
}
