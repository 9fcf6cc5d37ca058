import { z } from 'zod'
import { readArtefact, requireRidge } from '#artefact/read'
import { inFeatureSpace } from '#certify/feature-space'
import { compareModels } from '#engine/distill'
import { recordedSettings, refit } from '#engine/recompute'
import { inputSettings } from '#engine/settings'
import { trainRidgeOnPoints } from '#models/ridge-points'
import { openGiven, withSession } from '../session.ts'
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
    ...inputSettings,
    ...computeOptions,
  },
  examples: ['retort evaluate mnist-10 --data path/to/mnist'],
  async run([folder], options, terminal) {
    return withSession(options, terminal, async ({ blas, watch }) => {
      const artefact = requireRidge(await readArtefact(folder))
      const recorded = recordedSettings(artefact)
      const { target, targetKind, train, test, labels, testLabels } = recorded
      const input = {
        target: options.target ?? target,
        targetKind: options.targetKind ?? targetKind,
        train: options.train ?? train,
        test: options.test ?? test,
        labels: options.labels ?? labels,
        testLabels: options.testLabels ?? testLabels,
      }
      const dataset = await openGiven(options.data, input, watch)
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
      for (const line of comparisonTable(comparison)) terminal.say(line)
      for (const row of comparison.rows) if (row.note) terminal.say(terminal.dim(`${row.name}: ${row.note}`))
      terminal.result({ schemaVersion: 1, artefact: folder, ...comparison })
      return 0
    })
  },
})
