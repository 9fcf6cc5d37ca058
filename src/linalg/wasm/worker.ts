import type { Instance } from './instance.ts'
import { instantiate } from './instance.ts'
import { createMemory, growTo } from './memory.ts'
import type { Reply, Request } from './messages.ts'

/** One thread of a team: a worker of Node or of a page. */
interface Port {
  post(reply: Reply, transfer: ArrayBuffer[]): void
  listen(receive: (request: Request) => void): void
}

let instance: Instance | undefined
let memory: WebAssembly.Memory | undefined

const port = openPort()
port.listen((request) => {
  try {
    const reply = answer(request)
    port.post(reply, reply.kind === 'bytes' ? [reply.bytes.buffer] : [])
  } catch (error) {
    port.post({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }, [])
  }
})

function answer(request: Request): Reply {
  if (request.kind === 'start') {
    memory = request.memory ?? createMemory(false)
    instance = instantiate(request.module, memory, request)
    return { kind: 'done' }
  }
  if (!memory || !instance) throw new Error('the worker was not started')
  switch (request.kind) {
    case 'reserve':
      return { kind: 'status', status: growTo(memory, request.bytes) ? 1 : 0 }
    case 'write':
      new Uint8Array(memory.buffer, request.pointer).set(request.bytes)
      return { kind: 'done' }
    case 'read':
      return {
        kind: 'bytes',
        bytes: Uint8Array.from(new Uint8Array(memory.buffer, request.pointer, request.length)),
      }
    case 'call':
      return { kind: 'status', status: instance.call(request.kernel, request.args) }
  }
}

function openPort(): Port {
  const parent = globalThis.process?.getBuiltinModule?.('node:worker_threads').parentPort
  if (parent) {
    return {
      post: (reply, transfer) => parent.postMessage(reply, transfer),
      listen: (receive) => void parent.on('message', receive),
    }
  }
  return {
    post: (reply, transfer) => globalThis.postMessage(reply, { transfer }),
    listen: (receive) =>
      globalThis.addEventListener('message', ({ data }: MessageEvent<Request>) => receive(data)),
  }
}
