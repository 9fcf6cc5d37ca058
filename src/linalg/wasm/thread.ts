import { runsInNode } from './capabilities.ts'
import type { Reply, Request } from './messages.ts'

/** A worker that answers requests in order, and keeps the process alive only while it has some. */
export interface Thread {
  request(request: Request, transfer?: ArrayBuffer[]): Promise<Reply>
  /** Ends it at once; what it has not answered is rejected. */
  end(): Promise<void>
}

interface Channel {
  post(request: Request, transfer: ArrayBuffer[]): void
  keepAlive(alive: boolean): void
  end(): Promise<unknown>
}

type Receive = (outcome: Reply | Error) => void

export function startThread(): Thread {
  const waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = []
  const channel = (runsInNode() ? openNodeWorker : openWebWorker)((outcome) => {
    if (outcome instanceof Error) {
      for (const { reject } of waiting.splice(0)) reject(outcome)
      return
    }
    const next = waiting.shift()
    if (waiting.length === 0) channel.keepAlive(false)
    if (outcome.kind === 'failed') next?.reject(new Error(outcome.reason))
    else next?.resolve(outcome)
  })
  channel.keepAlive(false)
  return {
    request(request, transfer = []) {
      return new Promise((resolve, reject) => {
        if (waiting.push({ resolve, reject }) === 1) channel.keepAlive(true)
        channel.post(request, transfer)
      })
    },
    async end() {
      for (const { reject } of waiting.splice(0)) reject(new Error('the linear-algebra worker was ended'))
      await channel.end()
    },
  }
}

function openNodeWorker(receive: Receive): Channel {
  const { Worker } = globalThis.process.getBuiltinModule('node:worker_threads')
  // Bundlers for the browser follow, or refuse, a URL that is built in place: this one is not for them.
  const here = import.meta.url
  const file = new URL(`worker.${here.endsWith('.ts') ? 'ts' : 'js'}`, here)
  const worker = new Worker(file)
  worker.on('message', receive)
  worker.on('error', receive)
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
    end: () => worker.terminate(),
  }
}

function openWebWorker(receive: Receive): Channel {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => receive(data))
  worker.addEventListener('error', (event) => {
    receive(new Error(`the linear-algebra worker failed: ${event.message || 'it could not be loaded'}`))
  })
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    keepAlive: () => undefined,
    end: async () => worker.terminate(),
  }
}
