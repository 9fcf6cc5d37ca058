import { defineConfig } from 'vitest/config'

const results = process.env.RETORT_TEST_RESULTS

export default defineConfig({
  resolve: { conditions: ['retort-source'] },
  ssr: { resolve: { conditions: ['retort-source'], externalConditions: ['retort-source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    execArgv: ['--conditions=retort-source'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: results ? ['default', ['json', { outputFile: results }]] : ['default'],
    coverage: { provider: 'v8', include: ['src/**'] },
  },
})
