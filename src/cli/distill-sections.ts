import { artefactSettings, featureSettings, fitSettings, inputSettings } from '#engine/settings'
import type { MethodId } from '#methods/index'
import { isMethodId } from '#methods/index'
import { asTyped, methodShapes } from './method-settings.ts'
import type { HelpSection } from './verb.ts'
import { commonOptions, computeOptions } from './verb.ts'

/** What most methods take, in the order of use. */
const shared = ['method', 'points', 'ipc', 'variant', 'ridgeDistilled', 'steps']
const asked = ['output', 'recipe', 'dryRun', 'fit']
/** Methods that know no feature map. */
const withoutFeatures: readonly MethodId[] = ['ridge', 'two-layer']

/** The flags of `distill` and `advise` by theme and method; with `--method NAME` among the words only those of NAME. */
export function distillSections(words: readonly string[]): HelpSection[] {
  const method = methodOf(words)
  const features =
    method && withoutFeatures.includes(method)
      ? []
      : [{ title: 'Features of the model', flags: Object.keys(featureSettings) }]
  const common = [
    ...features,
    { title: 'Original model', flags: Object.keys(fitSettings) },
    { title: 'Data', flags: Object.keys(inputSettings) },
    { title: 'What is written', flags: Object.keys(artefactSettings) },
  ]
  return [
    { title: 'What is asked', flags: asked },
    ...(method
      ? [ofMethod(method), ...common]
      : [{ title: 'Method and number of points', flags: shared }, ...common, ...ofSomeMethods()]),
    {
      title: 'Computing and printing',
      flags: [...Object.keys(computeOptions), ...Object.keys(commonOptions)],
    },
  ].map(withoutRepeats())
}

/** The method that the words ask for, as `--method NAME` or `--method=NAME`. */
function methodOf(words: readonly string[]): MethodId | undefined {
  const joined = words.find((word) => word.startsWith('--method='))?.slice('--method='.length)
  const at = words.indexOf('--method')
  const name = joined ?? (at < 0 ? undefined : words[at + 1])
  if (name === undefined || !isMethodId(name)) return undefined
  return name === 'label-solve' && !words.includes('--kernel') ? 'ridge-label-solve' : name
}

function ofMethod(method: MethodId): HelpSection {
  const own = Object.keys(methodShapes[method])
  const first = shared.filter((name) => name === 'method' || own.includes(name))
  return { title: `Method ${asTyped(method)}`, flags: [...first, ...own] }
}

/** A section for each group of methods that take the same flags, beside what is shared. */
function ofSomeMethods(): HelpSection[] {
  const sections = new Map<string, string[]>()
  for (const name of Object.values(methodShapes).flatMap((shape) => Object.keys(shape))) {
    const takers = Object.entries(methodShapes).filter(([, shape]) => Object.hasOwn(shape, name))
    const title = `Only ${[...new Set(takers.map(([id]) => asTyped(id)))].join(', ')}`
    sections.set(title, [...(sections.get(title) ?? []), name])
  }
  return [...sections].map(([title, flags]) => ({ title, flags }))
}

/** Each flag where it comes first. */
function withoutRepeats() {
  const seen = new Set<string>()
  return ({ title, flags }: HelpSection): HelpSection => ({
    title,
    flags: flags.filter((name) => !seen.has(name) && seen.add(name)),
  })
}
