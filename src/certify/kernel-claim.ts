import type { MeasuredClaim, Measure } from '#core/certificate'
import type { DistilledSet } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import type { Score } from '#core/evaluation'
import type { KernelTraining } from '#core/kernel-training'
import { frobeniusNorm } from '#core/matrix'
import type { StoredArtefact } from '#artefact/read'
import { figure, plural } from '#artefact/report/figures'
import type { Blas } from '#linalg/blas'
import type { KernelModel } from '#models/kernel-ridge'
import { withRidge } from '#models/kernel-ridge'
import { modelOfSet } from '#models/kernel-of-set'

/** What only the data can tell of a set for kernel regression. */
export interface KernelFindings {
  /** ½ mean squared error over all training examples and columns. */
  readonly loss: number
  readonly score: Score
  readonly split: 'test' | 'hold-out'
  readonly examples: number
  /** Hash of the data that these were measured on. */
  readonly provenance: string
}

export interface MeasuredKernel {
  /** Trained in float64 from the file. */
  readonly model: KernelModel
  /** The claim with what the data tell, or with what the folder tells alone. */
  claim(findings?: KernelFindings): MeasuredClaim
}

/** @throws RetortError `artefact/corrupt` for a set of another kind */
export function requireKernel<A extends StoredArtefact>(stored: A): A & StoredArtefact<KernelTraining> {
  const { set } = stored
  const { training } = set
  if (training.kind === 'kernel') return { ...stored, set: { ...set, training } }
  throw new RetortError({
    code: 'usage/other-training',
    message: `${stored.directory} is no set for kernel regression: its models are of kind ${training.kind}`,
    hint: 'Make one with: retort distill DATA --method kip',
    values: { kind: training.kind },
  })
}

/**
 * Trains on a set as it was read back from its file and measures it. No theorem says that its model is that of the whole
 * data: what is claimed are figures that anyone can measure again.
 */
export async function measureKernel(
  { set, storage, run }: StoredArtefact<KernelTraining>,
  blas: Blas,
): Promise<MeasuredKernel> {
  const model = await modelOfSet(set, blas)
  const gram = withRidge(await model.kernel.symmetricGram(set.points, blas), model.ridge)
  const { values } = await blas.eigenSymmetric(gram)
  const condition = values[values.length - 1] / Math.max(values[0], Number.MIN_VALUE)
  const rounding = Math.min(1e-3, 1e-13 * condition + 1e-11)
  const norm = frobeniusNorm(model.dual)
  const fromFolder: Measure[] = [
    {
      id: 'dual-norm',
      statement: 'Frobenius norm of (K_SS + λI)⁻¹ Y_S, trained from the file',
      value: norm,
      tolerance: norm * rounding,
      from: 'folder',
    },
    {
      id: 'condition',
      statement: 'condition number of K_SS + λI',
      value: condition,
      tolerance: condition * rounding,
      from: 'folder',
    },
  ]
  return {
    model,
    claim(findings) {
      const measures = [...fromFolder, ...(findings ? fromData(findings, rounding) : [])]
      const provenance = findings?.provenance ?? set.provenance
      return {
        schemaVersion: 1,
        kind: 'measured',
        preconditions: [
          {
            id: 'same-data',
            theorem: 'Retort',
            statement: 'the data are those that the set was made from, by the hash of their statistics',
            holds: provenance === set.provenance,
            measured: provenance,
            needed: set.provenance,
          },
        ],
        claim: claimText(set, findings),
        points: set.points.rows,
        examples: findings?.examples ?? run.data.examples,
        measures,
        holds: provenance === set.provenance,
        storage,
        provenance: set.provenance,
      }
    },
  }
}

function fromData({ loss, score, split, examples }: KernelFindings, rounding: number): Measure[] {
  const name = score.metric === 'accuracy' ? 'share of right predictions' : 'r²'
  return [
    {
      id: 'loss',
      statement: `½ mean squared error on all ${examples} training examples`,
      value: loss,
      tolerance: rounding * (loss + Math.sqrt(loss)),
      from: 'data',
    },
    {
      id: 'score',
      statement: `${name} on the ${score.n} examples of the ${split} split`,
      value: score.value,
      // Two predictions may stand on the edge.
      tolerance: score.metric === 'accuracy' ? 2 / score.n : 10 * rounding,
      from: 'data',
    },
  ]
}

function claimText({ points, training }: DistilledSet<KernelTraining>, findings?: KernelFindings): string {
  const model = `Kernel ridge regression (${training.kernel.id}) with λ = ${figure(training.ridge)} on ${plural(points.rows, 'point')}`
  if (!findings) return `${model}; how well it predicts can be measured with the data.`
  const { loss, score, split, examples } = findings
  const [low, high] = score.interval
  const quality =
    score.metric === 'accuracy'
      ? `predicts ${(100 * score.value).toFixed(2)} % of the ${score.n} examples of the ${split} split rightly (95 %: ${(100 * low).toFixed(2)} to ${(100 * high).toFixed(2)})`
      : `has r² ${score.value.toFixed(4)} on the ${score.n} examples of the ${split} split (95 %: ${low.toFixed(4)} to ${high.toFixed(4)})`
  return `${model} ${quality}, and a loss of ${figure(loss)} on all ${plural(examples, 'training example')}. Both were measured on the written file; neither is proved.`
}
