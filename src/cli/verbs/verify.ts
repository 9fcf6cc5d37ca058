import { z } from 'zod'
import type { MeasuredClaim } from '#core/certificate'
import type { RidgeTraining } from '#core/distilled-set'
import type { StoredArtefact } from '#artefact/read'
import { isTwoLayer } from '#artefact/read'
import type { Recomputed } from '#certify/data-checks'
import { requireKernel } from '#certify/kernel-claim'
import { measureTwoLayer } from '#certify/two-layer/measures'
import { verifyArtefact } from '#certify/verify'
import { remeasureKernel } from '#engine/kernel/recompute'
import { otherModels } from '#engine/other-models'
import { recordedSettings, refit } from '#engine/recompute'
import { scoringSplit } from '#engine/scoring'
import { inputSettings } from '#engine/settings'
import { remeasureTwoLayer } from '#engine/two-layer/remeasure'
import { openGiven, withSession } from '../session.ts'
import { computeOptions, defineVerb } from '../verb.ts'
import { figure } from '../wording.ts'

export const verify = defineVerb({
  name: 'verify',
  summary:
    'Check an artefact from its files alone; with --data, fit W again and confirm it. Exit code 4 if not.',
  arguments: [{ name: 'folder', summary: 'artefact folder', required: true }],
  options: {
    data: z.string().optional().describe('the data that the artefact was made from'),
    ...inputSettings,
    ...computeOptions,
  },
  examples: ['retort verify mnist-10', 'retort verify mnist-10 --data path/to/mnist --json'],
  async run([folder], options, terminal) {
    return withSession(options, terminal, async ({ blas, watch }) => {
      const recompute = async (artefact: StoredArtefact<RidgeTraining>): Promise<Recomputed> => {
        const flags = { ...recordedSettings(artefact), ...definedOnly(options) }
        const dataset = await openGiven(options.data, flags, watch)
        const { fit, model } = await refit(dataset, artefact, { blas, watch })
        const split = scoringSplit(dataset, fit)
        return {
          model,
          provenance: fit.statistics.provenance,
          examples: fit.statistics.count,
          others: await otherModels(artefact.set, fit, blas),
          test: { split: split.name, batches: split.batches(), total: split.count },
        }
      }
      const measure = async (artefact: StoredArtefact): Promise<MeasuredClaim> => {
        const flags = { ...recordedSettings(artefact), ...definedOnly(options) }
        const dataset = options.data === undefined ? undefined : await openGiven(options.data, flags, watch)
        const context = { blas, watch }
        if (!isTwoLayer(artefact)) return remeasureKernel(requireKernel(artefact), dataset, context)
        return dataset ? remeasureTwoLayer(dataset, artefact, context) : measureTwoLayer(artefact, blas)
      }
      const verdict = await verifyArtefact(
        folder,
        { blas, measure, data: options.data === undefined ? undefined : recompute },
        watch,
      )
      for (const check of verdict.checks) {
        const measured = typeof check.measured === 'number' ? figure(check.measured) : check.measured
        const line = `${check.ok ? '✓' : '✗'} ${check.name}: ${measured} (needs ${check.needed})`
        terminal.say(check.ok ? line : terminal.red(line))
      }
      const wrong = verdict.checks.filter((check) => !check.ok).length
      terminal.say()
      terminal.say(
        verdict.ok
          ? terminal.green(`The certificate holds: all ${verdict.checks.length} checks passed.`)
          : terminal.red(
              `The certificate does not hold: ${wrong} of ${verdict.checks.length} checks failed.`,
            ),
      )
      terminal.result({ schemaVersion: 1, ...verdict })
      return verdict.ok ? 0 : 4
    })
  },
})

function definedOnly(options: z.output<z.ZodObject<typeof inputSettings>>) {
  const { target, targetKind, train, test, labels, testLabels, positive, negative } = options
  const flags = { target, targetKind, train, test, labels, testLabels, positive, negative }
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
}
