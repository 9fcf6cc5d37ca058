import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { InlineConfig } from 'vite'
import { build, createServer as createViteServer } from 'vite'

const root = fileURLToPath(new URL('../..', import.meta.url))
const entry = 'test/browser/wasm-page.ts'
const shared: InlineConfig = {
  root,
  configFile: false,
  logLevel: 'error',
  resolve: { conditions: ['retort-source'] },
}

export interface PageServer {
  readonly url: string
  close(): Promise<unknown>
}

function html(script: string): string {
  return `<!doctype html><title>conformance</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`
}

/** The page as a developer sees it: every source file for itself. */
export async function serveSources(headers: Record<string, string>): Promise<PageServer> {
  const server = await createViteServer({
    ...shared,
    appType: 'custom',
    optimizeDeps: { noDiscovery: true },
    server: { port: 0, host: '127.0.0.1', headers, hmr: false, watch: null },
    plugins: [
      {
        name: 'conformance-page',
        configureServer({ middlewares }) {
          middlewares.use('/conformance', (_request: IncomingMessage, response: ServerResponse) => {
            response.writeHead(200, { ...headers, 'Content-Type': 'text/html' }).end(html(`/${entry}`))
          })
        },
      },
    ],
  })
  await server.listen()
  return { url: `${server.resolvedUrls?.local[0]}conformance`, close: () => server.close() }
}

/** The page as users get it: bundled, with the worker and the kernels as files of their own. */
export async function serveBundle(folder: string, headers: Record<string, string>): Promise<PageServer> {
  await build({
    ...shared,
    build: {
      outDir: folder,
      emptyOutDir: true,
      rollupOptions: { input: join(root, entry), output: { entryFileNames: 'page.js' } },
    },
  })
  const types: Record<string, string> = { '.js': 'text/javascript', '.wasm': 'application/wasm' }
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    const type = types[extname(path)]
    const body = type === undefined ? Promise.resolve(html('/page.js')) : readFile(join(folder, path))
    body.then(
      (content) => response.writeHead(200, { ...headers, 'Content-Type': type ?? 'text/html' }).end(content),
      () => response.writeHead(404, headers).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
