import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { distill } from '../answers.ts'
import type { Part } from '../part.ts'
import { group, small, yesNo } from '../wording.ts'

export const reruns: Part = {
  name: 'reruns',
  title: 'The same command twice',
  async measure(bench) {
    const cases = [
      { name: 'MNIST, noise, m = 10', words: [bench.data('mnist')] },
      {
        name: 'MNIST, realistic, m = 100',
        words: [bench.data('mnist'), '--ipc', '10', '--variant', 'realistic'],
      },
      { name: 'Adult', words: [bench.data('tabular', 'adult.data')] },
      { name: 'glyphs:20000', words: ['glyphs:20000'] },
    ]
    const rows: { cells: string[]; identical: boolean }[] = []
    for (const provider of ['native', 'wasm']) {
      for (const { name, words } of cases) {
        const prefix = `${provider}-${name.replaceAll(/[^\w]+/g, '-')}`
        const folders = [1, 2].map((run) => `${prefix}-${run}`)
        const results = []
        for (const folder of folders)
          results.push(await distill(bench, folder, [...words, '--blas', provider]))
        const [first, second] = await Promise.all(
          folders.map((folder) => digestOf(join(bench.folder, folder))),
        )
        const identical = first.digest === second.digest
        rows.push({
          cells: [
            name,
            provider,
            String(first.files),
            group(first.bytes),
            first.digest.slice(0, 16),
            second.digest.slice(0, 16),
            small(results[0].relativeError),
            yesNo(identical),
          ],
          identical,
        })
      }
    }
    const same = rows.filter(({ identical }) => identical)
    return {
      about: [
        'Every file of both folders is compared byte by byte (SHA-256 over names and contents). Each provider is compared ' +
          'with itself; files of different providers name them, and their last digits differ.',
      ],
      figures: [
        {
          what: 'pairs of artefacts that are byte-identical',
          measured: `${same.length} of ${rows.length}`,
          needed: 'all',
          holds: same.length === rows.length,
        },
      ],
      tables: [
        {
          title: 'Pairs',
          columns: [
            'data',
            'provider',
            'files',
            'bytes',
            'first run',
            'second run',
            'relative error',
            'identical',
          ],
          rows: rows.map(({ cells }) => cells),
        },
      ],
    }
  },
}

/** One hash over the names and contents of all files below a folder. */
async function digestOf(folder: string): Promise<{ digest: string; files: number; bytes: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  const hash = createHash('sha256')
  let bytes = 0
  for (const path of paths.toSorted()) {
    const content = await readFile(path)
    bytes += content.length
    hash.update(`${path.slice(folder.length)} ${content.length}\n`).update(content)
  }
  return { digest: hash.digest('hex'), files: paths.length, bytes }
}
