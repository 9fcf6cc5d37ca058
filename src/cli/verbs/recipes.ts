import { recipes as table } from '#engine/recipes'
import { kebab } from '../flags.ts'
import { defineVerb } from '../verb.ts'

export const recipes = defineVerb({
  name: 'recipes',
  summary: 'List the settings of published tables by name. Run one with: retort distill PATH --recipe NAME',
  options: {},
  examples: ['retort recipes', 'retort distill path/to/mnist --recipe ridge/mnist/ipc10 -o mnist-10'],
  async run(_inputs, _options, terminal) {
    const rows = [...table.values()]
    for (const { name, data, settings, source, published } of rows) {
      const flags = Object.entries(settings).map(([key, value]) => `--${kebab(key)} ${value}`)
      terminal.say(terminal.bold(name))
      terminal.say(`  input      ${data}`)
      terminal.say(`  flags      ${flags.join(' ')}`)
      const figure = published === undefined ? 'no figure' : `${published} % test accuracy`
      terminal.say(`  published  ${figure} (${source})`)
    }
    terminal.result({ schemaVersion: 1, recipes: rows })
    return 0
  },
})
