import { z } from 'zod'
import { RetortError } from '#core/errors'
import { fitOriginal } from '#engine/fit'
import { fitOnFeatures } from '#engine/fit-features'
import { givenFor } from '#engine/given-points'
import { planDistillation } from '#engine/plan-distillation'
import { ridgeTask } from '#engine/ridge-task'
import { createStopwatch } from '#engine/stopwatch'
import { planKernel } from '#engine/kernel/plan'
import { planTwoLayerSet } from '#engine/two-layer/plan'
import { adviseRidge } from '#methods/ridge/advice'
import { ridgeLabelSolve, ridgeLabelSolveOptions } from '#methods/ridge-label-solve'
import { theorem } from '#methods/theorems'
import { distillOptions, sortSettings, withRecipe } from '../distill-settings.ts'
import { ridgeOptionsOf } from '../method-settings.ts'
import { kernelPlanLines, planLines, preconditionLine } from '../plan-lines.ts'
import { openGiven, withSession } from '../session.ts'
import { twoLayerPlanLines } from '../two-layer-lines.ts'
import { distillSections } from '../distill-sections.ts'
import { defineVerb } from '../verb.ts'
import { figure } from '../wording.ts'

const { output: _output, dryRun: _dryRun, ...settings } = distillOptions

export const advise = defineVerb({
  name: 'advise',
  summary:
    'Say before computing how few points are enough, by which theorem, at what cost; --fit measures W too.',
  arguments: [{ name: 'path', summary: 'file, folder or generator', required: true }],
  options: {
    ...settings,
    fit: z.boolean().default(false).describe('fit W (one pass) and measure what depends on it'),
  },
  examples: [
    'retort advise path/to/mnist',
    'retort advise multi-index:5000,d=100,r=2 --method two-layer --rank 2',
    'retort advise path/to/mnist --ipc 10 --ridge-distilled 1e-3 --fit',
  ],
  sections: distillSections,
  hint: 'One method alone: retort advise --method NAME --help',
  async run([input], given, terminal) {
    const options = withRecipe({ ...given, dryRun: false })
    const { fit: fitting, chosen, features } = sortSettings(options)
    if (chosen.family === 'kernel' && given.fit) throw noTheorem(chosen.method)
    return withSession(options, terminal, async ({ blas, watch }) => {
      const dataset = await openGiven(input, options, watch)
      if (chosen.method === 'two-layer') {
        const plan = await planTwoLayerSet(dataset, chosen.methodOptions, fitting.seed, blas)
        for (const line of twoLayerPlanLines(plan)) terminal.say(line)
        terminal.result({ schemaVersion: 1, plan })
        return plan.preconditions.some(({ holds }) => holds === false) ? 4 : 0
      }
      if (chosen.family === 'kernel') {
        const plan = await planKernel(dataset, chosen, { fit: fitting, features }, blas)
        for (const line of kernelPlanLines(plan)) terminal.say(line)
        terminal.result({ schemaVersion: 1, plan })
        return plan.preconditions.some(({ holds }) => holds === false) ? 4 : 0
      }
      const targets = dataset.target.names.length
      const points = options.points ?? targets * (options.ipc ?? 1)
      const { plan, map } = await planDistillation(dataset, { fit: fitting, features }, points, blas)
      for (const line of planLines(plan)) terminal.say(line)
      if (!given.fit) {
        terminal.say(terminal.dim('--fit measures the rank of W, its condition number and the largest λ_S.'))
        terminal.result({ schemaVersion: 1, plan })
        return 0
      }
      const context = { blas, watch, stopwatch: createStopwatch() }
      const fit = await (map
        ? fitOnFeatures(dataset, fitting, map, context)
        : fitOriginal(dataset, fitting, context))
      const earlier = await givenFor({ ...chosen, dataset }, fit, blas)
      const task = { ...ridgeTask(dataset, fit, fitting.seed, blas), ...(earlier && { given: earlier }) }
      const advice = await adviseRidge(task, ridgeOptionsOf(options))
      const { weight, minimum, largestRidge, errorByPoints } = advice
      terminal.say()
      terminal.say(
        `W is ${weight.rows} × ${weight.cols} with rank ${weight.rank}, condition number ${figure(weight.conditionNumber)}`,
      )
      for (const [labels, { points: fewest, statement }] of Object.entries(minimum)) {
        terminal.say(`  ${String(fewest).padStart(6)}  ${labels}: ${statement}`)
      }
      terminal.say(
        `Largest λ_S for these labels: ${largestRidge === null ? 'no bound' : figure(largestRidge)}`,
      )
      terminal.say(
        `Smallest error with 0, 1, 2, … points: ${errorByPoints.map((error) => figure(error)).join(', ')}`,
      )
      const labelled = chosen.method === 'ridge-label-solve'
      const { statement, source } = labelled ? theorem('label-solve') : advice.theorem
      terminal.say(`Theorem: ${statement} (${source})`)
      const preconditions = labelled
        ? await ridgeLabelSolve.preconditions(task, ridgeLabelSolveOptions.parse(chosen.methodOptions))
        : [...(plan.features?.preconditions ?? []), ...advice.preconditions]
      for (const precondition of preconditions) terminal.say(preconditionLine(precondition))
      terminal.result({ schemaVersion: 1, plan, advice: { ...advice, preconditions } })
      return preconditions.some(({ holds }) => holds === false) ? 4 : 0
    })
  },
})

function noTheorem(method: string): RetortError {
  return new RetortError({
    code: 'usage/no-theorem',
    message: `no theorem says how many points method ${method} needs`,
    why: 'What it reaches is measured, not proved.',
    hint: `Leave --fit out for its cost, or try it: retort distill DATA --method ${method}`,
    values: { method },
  })
}
