import { fullyConnected, reluParameters } from './fully-connected.ts'
import type { KernelKind } from './kernel.ts'

/** Neural tangent kernel of a wide ReLU network: what gradient descent on all of its weights learns with. */
export const ntk: KernelKind = {
  id: 'ntk',
  title: 'Wide ReLU network, trained',
  source: 'Jacot, Gabriel, Hongler, "Neural tangent kernel", NeurIPS 2018; settings of Nguyen et al. 2021',
  parameters: reluParameters,
  create: (parameters) => fullyConnected('ntk', reluParameters.parse(parameters)),
}
