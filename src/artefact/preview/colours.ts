/**
 * Anchors of a diverging scale from blue over white to red that people with any colour vision can read: the ends
 * differ in hue and both are dark (ColorBrewer RdBu, reversed; C. Brewer, 2003).
 */
const anchors = [
  [5, 48, 97],
  [33, 102, 172],
  [67, 147, 195],
  [146, 197, 222],
  [209, 229, 240],
  [247, 247, 247],
  [253, 219, 199],
  [244, 165, 130],
  [214, 96, 77],
  [178, 24, 43],
  [103, 0, 31],
] as const

const steps = 241

/** The scale in 241 steps, [red, green, blue] each 0..255; the middle one is white. */
export const diverging: number[][] = Array.from({ length: steps }, (_, i) => {
  const position = (i / (steps - 1)) * (anchors.length - 1)
  const low = Math.min(Math.floor(position), anchors.length - 2)
  const share = position - low
  return anchors[low].map((value, channel) => Math.round(value + share * (anchors[low + 1][channel] - value)))
})
