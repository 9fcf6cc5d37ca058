import { describe, expect, test } from 'vitest'
import { flagSchemas, kebab, verbHelp } from '#cli/flags'
import { methodShapes } from '#cli/method-settings'
import { loadVerb } from '#cli/verbs'
import { retortHere } from './run-here.ts'

/** Section of every flag that the help explains. */
function sectionsOf(help: string): Map<string, string> {
  const found = new Map<string, string>()
  let section = ''
  for (const line of help.split('\n')) {
    if (/^\S.*:$/.test(line)) section = line.slice(0, -1)
    const [, flag] = /^ {2}(?:-\w, )?(--[\w-]+)/.exec(line) ?? []
    if (flag === undefined || section === 'Examples') continue
    expect(found.has(flag), `${flag} twice`).toBe(false)
    found.set(flag, section)
  }
  return found
}

const written = (name: string, schema: { type?: string; default?: unknown }) =>
  schema.type === 'boolean' && schema.default === true ? `--no-${kebab(name)}` : `--${kebab(name)}`

describe.each(['distill', 'advise'] as const)('%s --help', (name) => {
  test('has every flag in one section, and none without', async () => {
    const verb = await loadVerb(name)
    const found = sectionsOf(verbHelp(verb))
    const flags = [...flagSchemas(verb)].map(([flag, schema]) => written(flag, schema))
    expect([...found.keys()].sort()).toEqual([...flags, '--help'].sort())
    expect(new Set(found.values())).not.toContain('Options')
    expect(new Set(found.values())).not.toContain('')
  })

  test.each(['ridge', 'kernel-ridge', 'gauss-newton', 'maalouf', 'kip', 'two-layer'] as const)(
    'of method %s has its flags and no others of methods',
    async (method) => {
      const verb = await loadVerb(name)
      const found = sectionsOf(verbHelp(verb, ['--method', method, '--help']))
      const own = new Set(Object.keys(methodShapes[method]))
      const others = Object.values(methodShapes).flatMap((shape) => Object.keys(shape))
      for (const flag of new Set(others)) {
        const schema = flagSchemas(verb).get(flag)
        if (!schema) continue
        const section = found.get(written(flag, schema))
        if (own.has(flag)) expect(section, flag).toBe(`Method ${method}`)
        else expect([undefined, 'Features of the model', 'Original model'], flag).toContain(section)
      }
      expect(found.has('--features')).toBe(!['ridge', 'two-layer'].includes(method))
      expect(found.get('--output') ?? found.get('--recipe')).toBe('What is asked')
    },
  )
})

test('the help of one method is asked for on the command line, and is shorter', async () => {
  const whole = await retortHere(['distill', '--help'])
  const one = await retortHere(['distill', '--method', 'kip', '--help'])
  const other = await retortHere(['distill', '--method=kip', '-h'])
  expect([whole.code, one.code]).toEqual([0, 0])
  expect(one.stdout).toBe(other.stdout)
  expect(one.stdout).toContain('Method kip:')
  expect(one.stdout).not.toContain('--label-mode')
  expect(one.stdout.split('\n').length).toBeLessThan(0.75 * whole.stdout.split('\n').length)
  for (const line of whole.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
})

test('label-solve is explained with and without a kernel', async () => {
  const plain = await retortHere(['distill', '--method', 'label-solve', '--help'])
  expect(plain.stdout).toContain('--points-from')
  expect(plain.stdout).not.toContain('--kernel-depth')
  const kernel = await retortHere(['distill', '--method', 'label-solve', '--kernel', 'ntk', '--help'])
  expect(kernel.stdout).toContain('--kernel-depth')
  expect(kernel.stdout).not.toContain('--points-from')
})

test('other verbs keep one list', async () => {
  expect(new Set(sectionsOf(verbHelp(await loadVerb('verify'))).values())).toEqual(new Set(['Options']))
})
