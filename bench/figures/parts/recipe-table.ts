import { distill, recipes } from '../answers.ts'
import type { Bench } from '../bench.ts'
import type { Table } from '../part.ts'
import { scoreText, small } from '../wording.ts'
import { scoresOf } from './cells.ts'

/** Published cells run again with the published settings, beside the figure that their source printed. */
export async function recipeTable(bench: Bench, input: string, prefix: string): Promise<Table> {
  const rows: string[][] = []
  for (const { name, source, published } of await recipes(bench)) {
    if (!name.startsWith(prefix)) continue
    const result = await distill(bench, name.replaceAll('/', '-'), [
      input,
      '--recipe',
      name,
      '--no-baselines',
    ])
    const { original, distilled } = scoresOf(result)
    rows.push([
      name,
      `${published} %`,
      source,
      scoreText(original),
      scoreText(distilled),
      small(result.relativeError),
    ])
  }
  return {
    title: 'Cells of published tables',
    columns: ['recipe', 'published', 'source', 'original (95 %)', 'distilled (95 %)', 'relative error'],
    rows,
  }
}
