import { z } from 'zod'

const count = z.int().min(1)

/** What a user may set for `two-layer`; the names are the flags of `retort distill`. */
export const twoLayerOptions = z.strictObject({
  points: count.optional().describe('distilled points M1 (default: 2 r² where --rank is given, else 8)'),
  rank: count
    .optional()
    .describe('intrinsic dimension r, where it is known: sets --points, and is compared with what is found'),
  steps: z.int().min(0).optional().describe('distillation steps T (default: 3; squared matching: 100)'),
  matching: z
    .enum(['exact', 'inner-product', 'cosine', 'squared', 'performance'])
    .default('exact')
    .describe('exact: inner-product gradient matching over all initialisations in closed form'),
  initialisations: count.default(5).describe('fresh initialisations J of each step, except for exact'),
  neurons: count.default(400).describe('pairs of neurons of each of these initialisations'),
  innerStep: z.number().gt(0).default(1e-3).describe('performance: step size of the inner training step'),
  innerReset: z
    .boolean()
    .default(false)
    .describe('performance: weight decay 1/step inside; refused, since such steps see no curvature'),
  tied: z.boolean().default(true).describe('each point also stands for its antipode; cancels linear drift'),
  linearPart: z
    .enum(['least-squares', 'none'])
    .default('least-squares')
    .describe('what is taken from the targets before, and added back at prediction'),
  refinement: z.int().min(0).default(10).describe('steps K of matching through both training steps'),
  refinementStep: z.number().gt(0).default(0.05).describe('length of the first such step, relative'),
  dropStrays: z
    .boolean()
    .default(true)
    .describe('refinement: keep the points in their leading directions, half-way and at the end'),
  width: z.int().min(2).multipleOf(2).default(400).describe('width L of the students that are distilled for'),
  refinementWidth: z.int().min(2).multipleOf(2).default(300).describe('width of students in refinement'),
  labelCount: count.optional().describe('labels M2 of the second layer (default: the width)'),
  students: count.default(10).describe('students J2 that the labels serve on average'),
  labelMode: z
    .enum(['any', 'shared', 'feature-point'])
    .default('any')
    .describe('labels for any initialisation, for one, or one point in the feature space of one'),
  publicPoints: z
    .enum(['auto', 'span', 'full'])
    .default('auto')
    .describe('points of the labels: in the span of the distilled ones, or (one-step) anywhere'),
  spread: z
    .number()
    .gt(0)
    .optional()
    .describe('standard deviation of public points in the span (default: 1.3 of that of the inputs there)'),
  products: z
    .enum(['float32', 'float64'])
    .default('float32')
    .describe('precision of the products within four blocks of examples; their sums are float64 either way'),
  ridge: z.number().gt(0).default(1e-3).describe('λ of the second layer, relative to means'),
  shortness: z.number().gt(0).default(1e-2).describe('weight of short labels; 1e-6 for shared'),
  rankTolerance: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.15)
    .describe('singular values of the points below this share of the first do not count'),
  reuse: z.string().min(1).optional().describe('folder of an earlier set whose points are taken over'),
})

export type TwoLayerOptions = z.output<typeof twoLayerOptions>
