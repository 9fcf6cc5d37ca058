import type { Instance } from './instance.ts'
import { dataStart, instantiate } from './instance.ts'
import type { Job } from './job.ts'
import { kernelArguments, layOut, viewLike } from './job.ts'
import { createMemory, growTo } from './memory.ts'
import { createPace } from './pace.ts'

/** Runs small jobs at once, on the thread that asks. */
export class LocalLane {
  readonly #memory: WebAssembly.Memory
  readonly #instance: Instance
  readonly #pace = createPace()

  constructor(module: WebAssembly.Module, sharedMemory: boolean) {
    this.#memory = createMemory(sharedMemory)
    this.#instance = instantiate(module, this.#memory, { id: 0, count: 1 })
  }

  async run(job: Job): Promise<number> {
    await this.#pace.step()
    const layout = layOut(job, dataStart(1), 1)
    if (!growTo(this.#memory, layout.end)) throw new Error('the engine refuses memory for a small operation')
    const { buffer } = this.#memory
    for (const [block, address] of layout.addresses) {
      if (block.from) viewLike(block.from, buffer, address).set(block.from)
    }
    const status = this.#instance.call(job.kernel, kernelArguments(job, layout))
    for (const [block, address] of layout.addresses) {
      if (block.to) block.to.set(viewLike(block.to, buffer, address))
    }
    return status
  }
}
