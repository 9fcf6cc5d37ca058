/** Numbers of points that a search tries. */
export interface SearchRange {
  readonly first: number
  readonly last: number
}

/**
 * @param asked `--points`: exactly so many
 * @param fewest by the dimension count
 * @param enough from here on φ(X_S) of any points in general position spans everything
 */
export function searchRange(
  asked: number | undefined,
  { fewest, enough }: { readonly fewest: number; readonly enough: number },
): SearchRange {
  if (asked !== undefined) return { first: asked, last: asked }
  return {
    first: Math.min(Math.ceil(1.5 * fewest) + 1, enough),
    last: Math.min(3 * fewest + 1, enough),
  }
}

/** The number after this one where nothing is found; undefined after the last. */
export function morePoints(points: number, { last }: Pick<SearchRange, 'last'>): number | undefined {
  return points >= last ? undefined : Math.min(last, Math.ceil(1.25 * points))
}

/** Every number of points up to the last, for as long as nothing is found. */
export function pointCounts(range: SearchRange): number[] {
  const counts: number[] = []
  for (let next: number | undefined = range.first; next !== undefined; next = morePoints(next, range)) {
    counts.push(next)
  }
  return counts
}
