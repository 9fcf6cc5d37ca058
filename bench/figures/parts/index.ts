import type { Part } from '../part.ts'
import { cifar10Linear } from './cifar10-linear.ts'
import { figures12 } from './figures-1-2.ts'
import { kernelBlocks } from './kernel-blocks.ts'
import { kernelTimeCifar10, kernelTimeMnist } from './kernel-time.ts'
import { kipParts } from './kip.ts'
import { mnistLinear } from './mnist-linear.ts'
import { nonSurjective } from './non-surjective.ts'
import { openElsewhere } from './open-elsewhere.ts'
import { reruns } from './reruns.ts'
import { storage } from './storage.ts'
import { stream } from './stream.ts'
import { table1 } from './table-1.ts'
import { table3Cifar10, table3Mnist } from './table-3.ts'
import { table4Parts } from './table-4.ts'
import { tables } from './tables.ts'
import { time } from './time.ts'
import { twoLayerParts } from './two-layer/index.ts'

export const parts: readonly Part[] = [
  mnistLinear,
  cifar10Linear,
  tables,
  stream,
  time,
  reruns,
  openElsewhere,
  table1,
  figures12,
  storage,
  table3Mnist,
  ...table3Cifar10,
  ...table4Parts,
  kernelBlocks,
  kernelTimeMnist,
  kernelTimeCifar10,
  nonSurjective,
  ...kipParts,
  ...twoLayerParts,
]
