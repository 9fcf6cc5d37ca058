import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { matrixOf } from '#core/matrix'

const rows = z.array(z.array(z.number())).transform(matrixOf)
const values = z.array(z.number()).transform((list) => Float64Array.from(list))

/** Small fixed inputs with the outputs of an independent implementation in NumPy; no random numbers. */
export const golden = z
  .strictObject({
    X: rows,
    y: values,
    Z: rows,
    yd: values,
    W: rows,
    b: values,
    lam: z.number(),
    ols_alpha: z.number(),
    ols_beta: values,
    ols_resid: values,
    ghat: rows,
    gm_exact_antipodal: rows,
    gm_exact_plain: rows,
    gate_antipodal: rows,
    gate_plain: rows,
    student_v_antipodal: rows,
    student_v_plain: rows,
    eta: z.number(),
    features: rows,
    ridge_a: values,
    pred: values,
    basis: rows,
  })
  .parse(JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')))
