import { readFileSync } from 'node:fs'

/** Resident memory of a process, read every second. */
export interface MemoryTrace {
  /** Bytes, in the order of time. */
  readonly samples: readonly number[]
}

/** Starts reading; the second value stops. Linux only: it reads /proc. */
export function traceMemory(pid: number): { trace: MemoryTrace; stop(): void } {
  const samples: number[] = []
  const read = () => {
    const bytes = residentBytes(pid)
    if (bytes !== undefined) samples.push(bytes)
  }
  read()
  const timer = setInterval(read, 1000)
  return { trace: { samples }, stop: () => clearInterval(timer) }
}

/** Largest of each tenth of the samples, in the order of time. */
export function tenths({ samples }: MemoryTrace): number[] {
  return Array.from({ length: 10 }, (_, i) => {
    const first = Math.floor((i * samples.length) / 10)
    const last = Math.max(first + 1, Math.floor(((i + 1) * samples.length) / 10))
    return Math.max(...samples.slice(first, last))
  })
}

function residentBytes(pid: number): number | undefined {
  let status: string
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return undefined
  }
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(status)
  return match ? Number(match[1]) * 1024 : undefined
}
