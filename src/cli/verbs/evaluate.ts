import { z } from 'zod'
import { isTwoLayer, readArtefact, requireRidge } from '#artefact/read'
import { requireKernel } from '#certify/kernel-claim'
import { inFeatureSpace } from '#certify/feature-space'
import type { Comparison } from '#core/evaluation'
import { recompareKernel } from '#engine/kernel/recompute'
import { recordedSettings, refit } from '#engine/recompute'
import { compareModels } from '#engine/scoring'
import { inputSettings } from '#engine/settings'
import { trainRidgeOnPoints } from '#models/ridge-points'
import { evaluateTwoLayer } from '#engine/two-layer/remeasure'
import { openGiven, withSession } from '../session.ts'
import type { Terminal } from '../terminal.ts'
import { reportStudents } from '../two-layer-lines.ts'
import { computeOptions, defineVerb } from '../verb.ts'
import { comparisonTable } from '../wording.ts'

export const evaluate = defineVerb({
  name: 'evaluate',
  summary:
    'Train from an artefact with its λ_S and score it beside random and coreset subsets of the same size.',
  arguments: [{ name: 'folder', summary: 'artefact folder', required: true }],
  options: {
    data: z.string().describe('the data that the artefact was made from'),
    baselines: z.boolean().default(true).describe('random, herding, k-means and k-center rows'),
    width: z
      .int()
      .min(2)
      .multipleOf(2)
      .optional()
      .describe('two-layer: width of the students (default: that of the labels)'),
    studentSeed: z.int().min(0).optional().describe('two-layer: one student of this seed (default: nine)'),
    ...inputSettings,
    ...computeOptions,
  },
  examples: [
    'retort evaluate mnist-10 --data path/to/mnist',
    'retort evaluate two-layer --data multi-index:40000,d=100,r=2 --width 800',
  ],
  async run([folder], options, terminal) {
    return withSession(options, terminal, async ({ blas, watch }) => {
      const read = await readArtefact(folder)
      const recorded = recordedSettings(read)
      const { target, targetKind, train, test, labels, testLabels, positive, negative } = recorded
      const input = {
        target: options.target ?? target,
        targetKind: options.targetKind ?? targetKind,
        train: options.train ?? train,
        test: options.test ?? test,
        labels: options.labels ?? labels,
        testLabels: options.testLabels ?? testLabels,
        positive: options.positive ?? positive,
        negative: options.negative ?? negative,
      }
      const dataset = await openGiven(options.data, input, watch)
      if (isTwoLayer(read)) {
        const { width, studentSeed, baselines } = options
        const seeds = studentSeed === undefined ? undefined : [studentSeed]
        const compared = await evaluateTwoLayer(dataset, read, { width, seeds, baselines }, { blas, watch })
        return reportStudents(compared, folder, terminal)
      }
      if (read.set.training.kind === 'kernel') {
        const context = { blas, watch }
        return tell(
          folder,
          await recompareKernel(dataset, requireKernel(read), options.baselines, context),
          terminal,
        )
      }
      const artefact = requireRidge(read)
      const { fit, settings } = await refit(dataset, artefact, { blas, watch })
      const { set } = await inFeatureSpace(artefact, blas)
      const { ridge, intercept } = set.training
      const { model } = await trainRidgeOnPoints(set.points, set.labels, ridge, intercept, blas)
      const comparison = await compareModels(
        { dataset, seed: settings.seed, baselines: options.baselines },
        fit,
        { model, points: set.points.rows },
        {
          blas,
          watch,
        },
      )
      return tell(folder, comparison, terminal)
    })
  },
})

function tell(artefact: string, comparison: Comparison, terminal: Terminal): number {
  for (const line of comparisonTable(comparison)) terminal.say(line)
  for (const row of comparison.rows) if (row.note) terminal.say(terminal.dim(`${row.name}: ${row.note}`))
  terminal.result({ schemaVersion: 1, artefact, ...comparison })
  return 0
}
