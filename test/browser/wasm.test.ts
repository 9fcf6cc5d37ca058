import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blasCases } from '../conformance/blas.ts'
import { tileCases } from '../conformance/tile-modules.ts'
import { chromiumFlags, chromiumPath } from './chromium.ts'
import { serveBundle, serveSources } from './page-server.ts'
import type { PageOutcome } from './wasm-page.ts'

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

describe.skipIf(chromiumPath === undefined)(
  'wasm provider in Chromium (needs Chromium, e.g. CHROME_BIN)',
  () => {
    let browser: Browser
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'retort-bundle-'))
      browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumFlags })
    })
    afterAll(async () => {
      await browser?.close()
      await rm(folder, { recursive: true, force: true })
    })

    test('bundled, cross-origin isolated: two threads on shared memory', { timeout: 300_000 }, async () => {
      const server = await serveBundle(folder, isolation)
      try {
        const outcome = await runPage(browser, server.url)
        expect(outcome.failures).toEqual([])
        expect(outcome).toMatchObject({ threads: 2, passed: blasCases.length + tileCases.length })
        expect(outcome.description).toContain('shared memory')
      } finally {
        await server.close()
      }
    })

    test('from sources, not isolated: one thread', { timeout: 300_000 }, async () => {
      const server = await serveSources({})
      try {
        const outcome = await runPage(browser, server.url)
        expect(outcome.failures).toEqual([])
        expect(outcome).toMatchObject({ threads: 1, passed: blasCases.length + tileCases.length })
        expect(outcome.description).toContain('one thread')
      } finally {
        await server.close()
      }
    })
  },
)

async function runPage(browser: Browser, url: string): Promise<PageOutcome> {
  const tab = await browser.newPage()
  const troubles: string[] = []
  tab.on('pageerror', (error) => troubles.push(error.message))
  tab.on('console', (message) => message.type() === 'error' && troubles.push(message.text()))
  try {
    await tab.goto(url)
    await tab.waitForFunction(() => globalThis.runConformance !== undefined, undefined, { timeout: 60_000 })
    const outcome = await tab.evaluate(() => globalThis.runConformance?.())
    if (outcome === undefined) throw new Error('the page ran nothing')
    expect(troubles).toEqual([])
    return outcome
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${troubles.join('\n')}`, {
      cause: error,
    })
  } finally {
    await tab.close()
  }
}
