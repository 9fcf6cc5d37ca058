import { RetortError } from '#core/errors'
import type { FloatArray } from '#linalg/blas'
import { dataStart } from './instance.ts'
import { viewLike } from './job.ts'
import { createMemory, growTo } from './memory.ts'
import type { Reply, Request } from './messages.ts'
import { createPace } from './pace.ts'
import type { Thread } from './thread.ts'
import { startThread } from './thread.ts'

/** Workers that run one kernel together, and the memory that they run on. */
export interface Team {
  readonly threads: number
  /** The first byte that data may use. */
  readonly start: number
  /** @throws RetortError `resource/memory` where the memory cannot hold so many bytes */
  reserve(bytes: number): Promise<void>
  write(address: number, from: FloatArray): Promise<void>
  read(address: number, to: FloatArray): Promise<void>
  /** The kernel's status. */
  call(kernel: string, args: readonly number[]): Promise<number>
  end(): Promise<void>
}

/** Elements copied at a time: a fraction of a millisecond. */
const slice = 1 << 18

/** Threads on one shared memory, which this thread reads and writes too. */
export async function startSharedTeam(module: WebAssembly.Module, count: number): Promise<Team> {
  const memory = createMemory(true)
  const threads = Array.from({ length: count }, startThread)
  const ask = (requestFor: (id: number) => Request) =>
    Promise.all(threads.map((thread, id) => thread.request(requestFor(id))))
  const pace = createPace()
  const copySlices = async (from: FloatArray, to: FloatArray) => {
    for (let start = 0; start < from.length; start += slice) {
      await pace.step()
      to.set(from.subarray(start, start + slice), start)
    }
  }
  const start = dataStart(count)
  growTo(memory, start)
  await ask((id) => ({ kind: 'start', module, memory, id, count }))
  return {
    threads: count,
    start,
    async reserve(bytes) {
      if (!growTo(memory, bytes)) throw outOfMemory(bytes)
    },
    write: (address, from) => copySlices(from, viewLike(from, memory.buffer, address)),
    read: (address, to) => copySlices(viewLike(to, memory.buffer, address), to),
    async call(kernel, args) {
      const replies = await ask(() => ({ kind: 'call', kernel, args }))
      return statusOf(replies[0])
    },
    async end() {
      await Promise.all(threads.map((thread) => thread.end()))
    },
  }
}

/** One thread with a memory of its own; blocks are sent there and back. */
export async function startSingleThread(module: WebAssembly.Module): Promise<Team> {
  const thread: Thread = startThread()
  await thread.request({ kind: 'start', module, id: 0, count: 1 })
  return {
    threads: 1,
    start: dataStart(1),
    async reserve(bytes) {
      if (statusOf(await thread.request({ kind: 'reserve', bytes })) === 0) throw outOfMemory(bytes)
    },
    async write(address, from) {
      for (let start = 0; start < from.length; start += slice) {
        const part = from.subarray(start, start + slice)
        const copy = Uint8Array.from(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
        const pointer = address + start * from.BYTES_PER_ELEMENT
        await thread.request({ kind: 'write', pointer, bytes: copy }, [copy.buffer])
      }
    },
    async read(address, to) {
      for (let start = 0; start < to.length; start += slice) {
        const part = to.subarray(start, start + slice)
        const pointer = address + start * to.BYTES_PER_ELEMENT
        const reply = await thread.request({ kind: 'read', pointer, length: part.byteLength })
        if (reply.kind !== 'bytes') throw new Error(`a worker answered '${reply.kind}' to 'read'`)
        part.set(viewLike(part, reply.bytes.buffer, 0))
      }
    },
    async call(kernel, args) {
      return statusOf(await thread.request({ kind: 'call', kernel, args }))
    },
    end: () => thread.end(),
  }
}

function statusOf(reply: Reply): number {
  if (reply.kind !== 'status') throw new Error(`a worker answered '${reply.kind}' where a status was due`)
  return reply.status
}

function outOfMemory(bytes: number): RetortError {
  return new RetortError({
    code: 'resource/memory',
    message: `an operation needs ${Math.ceil(bytes / 2 ** 20)} MiB of WebAssembly memory, more than there is`,
    why: 'WebAssembly addresses at most 4 GiB; an engine may grant less.',
    hint: 'Use --blas native, or a smaller problem.',
    values: { bytes },
  })
}
