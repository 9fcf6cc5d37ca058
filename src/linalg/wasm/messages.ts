/** What the main thread asks of a worker; every request is answered once, in order. */
export type Request =
  | {
      kind: 'start'
      module: WebAssembly.Module
      /** Absent: the worker makes its own. */
      memory?: WebAssembly.Memory
      id: number
      count: number
    }
  | { kind: 'reserve'; bytes: number }
  | { kind: 'write'; pointer: number; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'read'; pointer: number; length: number }
  | { kind: 'call'; kernel: string; args: readonly number[] }

export type Reply =
  | { kind: 'done' }
  | { kind: 'status'; status: number }
  | { kind: 'bytes'; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'failed'; reason: string }
