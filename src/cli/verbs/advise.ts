import { z } from 'zod'
import { RetortError } from '#core/errors'
import type { RidgeMethodId } from '#methods/index'
import { distillOptions, sortSettings, withRecipe } from '../distill-settings.ts'
import { fittedAdvice } from '../fitted-advice.ts'
import { planChosen } from '../plan-chosen.ts'
import { openGiven, withSession } from '../session.ts'
import { distillSections } from '../distill-sections.ts'
import { defineVerb } from '../verb.ts'

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
    const settings = sortSettings(options)
    const { chosen } = settings
    if (chosen.family === 'kernel' && given.fit) throw noTheorem(chosen.method)
    return withSession(options, terminal, async (session) => {
      const dataset = await openGiven(input, options, session.watch)
      const { plan, lines, reach, refused } = await planChosen(dataset, options, settings, session.blas)
      for (const line of lines) terminal.say(line)
      if (chosen.family !== 'ridge' || !given.fit) {
        if (chosen.family === 'ridge') terminal.say(terminal.dim(fitTells(chosen.method)))
        terminal.result({ schemaVersion: 1, plan })
        return refused ? 4 : 0
      }
      const fitted = await fittedAdvice(dataset, chosen, { options, settings, before: reach }, session)
      terminal.say()
      for (const line of fitted.lines) terminal.say(line)
      terminal.result({ schemaVersion: 1, plan, advice: fitted.advice })
      return fitted.advice.preconditions.some(({ holds }) => holds === false) ? 4 : 0
    })
  },
})

function fitTells(method: RidgeMethodId): string {
  if (method === 'gauss-newton') return '--fit measures the rank of W, which the count of points depends on.'
  if (method === 'maalouf') return 'No number here depends on W, so --fit adds nothing.'
  return '--fit measures the rank of W, its condition number and the largest λ_S.'
}

function noTheorem(method: string): RetortError {
  return new RetortError({
    code: 'usage/no-theorem',
    message: `no theorem says how many points method ${method} needs`,
    why: 'What it reaches is measured, not proved.',
    hint: `Leave --fit out for its cost, or try it: retort distill DATA --method ${method}`,
    values: { method },
  })
}
