import { fullyConnected, reluParameters } from './fully-connected.ts'
import type { KernelKind } from './kernel.ts'

/** Covariance of the outputs of a wide ReLU network at initialisation. */
export const nngp: KernelKind = {
  id: 'nngp',
  title: 'Wide ReLU network at initialisation',
  source: 'Cho, Saul, "Kernel methods for deep learning", NeurIPS 2009; Lee et al., ICLR 2018',
  parameters: reluParameters,
  create: (parameters) => fullyConnected('nngp', reluParameters.parse(parameters)),
}
