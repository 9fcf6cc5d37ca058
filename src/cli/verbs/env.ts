import { arch, availableParallelism, platform, release, totalmem } from 'node:os'
import { version } from '#engine/version'
import { chooseBlas } from '#linalg/provider'
import { computeOptions, defineVerb } from '../verb.ts'

export const env = defineVerb({
  name: 'env',
  summary: 'Show versions, the linear-algebra provider and why it was chosen.',
  options: computeOptions,
  examples: ['retort env', 'retort env --blas wasm', 'retort env --json'],
  async run(_inputs, options, terminal) {
    const { blas, passedOver } = await chooseBlas({ provider: options.blas, threads: options.threads })
    const gigabytes = Number((totalmem() / 2 ** 30).toFixed(1))
    const facts = {
      retort: version,
      node: process.version,
      platform: `${platform()} ${release()} ${arch()}`,
      cores: availableParallelism(),
      memoryGiB: gigabytes,
      blas: { provider: blas.id, description: blas.description, threads: blas.threads, passedOver },
    }
    terminal.say(`retort    ${facts.retort}`)
    terminal.say(`node      ${facts.node}`)
    terminal.say(`system    ${facts.platform}, ${facts.cores} cores, ${gigabytes} GiB`)
    terminal.say(`blas      ${blas.id}, ${blas.threads} threads: ${blas.description}`)
    for (const { provider, reason } of passedOver) terminal.say(`          not ${provider}: ${reason}`)
    if (passedOver.some(({ provider }) => provider === 'native')) {
      terminal.say(
        '          A system BLAS is 2 to 3 times faster (Debian: apt-get install libopenblas0-pthread).',
      )
    }
    terminal.result({ schemaVersion: 1, ...facts })
    await blas.close()
    return 0
  },
})
