import { existsSync } from 'node:fs'
import type { Bench } from './bench.ts'

/** CIFAR-10 in its official files: as they lie in the data folder, else unpacked into the scratch folder. */
export async function cifar10(bench: Bench): Promise<string> {
  if (existsSync(bench.data('cifar10', 'data_batch_1.bin'))) return bench.data('cifar10')
  await bench.program(bench.data('unpack-cifar10'), ['cifar10'])
  return 'cifar10'
}
