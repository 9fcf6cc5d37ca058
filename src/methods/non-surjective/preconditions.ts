import type { Precondition } from '#core/precondition'
import type { FeatureMap } from '#features/feature-map'
import { theorem } from '../theorems.ts'

/** What the assumptions are about. */
export interface SearchTerms {
  readonly map: Pick<FeatureMap, 'id' | 'inputSize' | 'featureSize' | 'linearise'>
  readonly homogeneous: boolean
  /** Whether W and b are finite; undefined before they are fitted. */
  readonly finite?: boolean
  /** r = rank(W), or before W is fitted the rank that it can have at most. */
  readonly rank: number
  /** The dimension count for this rank. */
  readonly fewest: number
  /** Points that the search begins with. */
  readonly points: number
}

/** What the search assumes, as advisor, plan and error text read it; before the fit, what only W can tell is unknown. */
export function searchPreconditions(terms: SearchTerms): Precondition[] {
  const { map, homogeneous, finite, rank, fewest, points } = terms
  const { inputSize, featureSize } = map
  const source = theorem('dimension-count').source
  const fitted = finite !== undefined
  return [
    {
      id: 'finite-model',
      theorem: source,
      statement: 'W and b are finite',
      holds: finite ?? 'unknown',
      measured: fitted ? (finite ? 'finite' : 'NaN or infinite') : 'known after the fit',
      needed: 'finite',
    },
    {
      id: 'smooth-map',
      theorem: source,
      statement: 'the derivative of the feature map is known',
      holds: map.linearise !== undefined,
      measured: map.id,
      needed: 'a map with linearise',
    },
    {
      id: 'dimension-count',
      theorem: source,
      statement: `m·d′ ≥ r (p − m) and m ≥ r for d = ${inputSize}${homogeneous ? ' (φ homogeneous)' : ''}, p = ${featureSize}, r = rank(W) ${fitted ? '=' : '≤'} ${rank}`,
      // A smaller rank needs no more points.
      holds: points >= fewest ? true : fitted ? false : 'unknown',
      measured: points,
      needed: `at least ${fewest}${fitted || rank <= 1 ? '' : `, or fewer if rank(W) < ${rank}`}`,
    },
  ]
}
