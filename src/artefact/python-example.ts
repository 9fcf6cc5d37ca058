import { readTensorsInPython } from './read-tensors-python.ts'
import { twoLayerAnswer, twoLayerExample } from './two-layer/python-example.ts'
import type { Preprocessing } from '#core/dataset'
import type { DistilledSet, RidgeTraining } from '#core/distilled-set'
import type { StoredFeatures } from '#core/stored-features'
import { featuresInPython } from './python-features.ts'
import { kernelAnswer, kernelExample } from './python-kernel.ts'

/** Ridge regression on the points, by least squares on the points with √λ I below them; works for every shape and λ. */
const trainInPython = `def ridge(X, Y, penalty, intercept):
    """W and b of min |W X' + b - Y'|^2 + penalty |W|^2, in float64."""
    X, Y = X.astype(float), Y.astype(float)
    x0 = X.mean(axis=0) if intercept else np.zeros(X.shape[1])
    y0 = Y.mean(axis=0) if intercept else np.zeros(Y.shape[1])
    A, B = X - x0, Y - y0
    if penalty > 0:
        A = np.vstack([A, np.sqrt(penalty) * np.eye(A.shape[1])])
        B = np.vstack([B, np.zeros((A.shape[1], B.shape[1]))])
    W = np.linalg.lstsq(A, B, rcond=None)[0].T
    return W, y0 - W @ x0
`

function pythonNumber(value: number): string {
  const text = String(value)
  return /^\d+$/.test(text) ? `${text}.0` : text
}

/** Trains on the set as it is meant to be; complete and runnable. */
export function trainingExample(set: DistilledSet): string {
  const { training, features } = set
  if (training.kind === 'ridge') return ridgeExample(training, features)
  if (training.kind === 'two-layer') return twoLayerExample
  return kernelExample({ ...set, training })
}

/** Compares with the model W of the whole data. */
function ridgeExample({ ridge, intercept }: RidgeTraining, features?: StoredFeatures): string {
  const map = features && featuresInPython(features)
  const points = map ? 'phi(arrays["points"].astype(float))' : 'arrays["points"]'
  return `${readTensorsInPython}
${trainInPython}
arrays, metadata = tensors("distilled.safetensors")
${map ? `\n${map}\n` : ''}W, b = ridge(${points}, arrays["labels"], penalty=${pythonNumber(ridge)}, intercept=${intercept ? 'True' : 'False'})

difference = np.column_stack([W - arrays["model.weight"], b - arrays["model.bias"]])
wanted = np.column_stack([arrays["model.weight"], arrays["model.bias"]])
print("relative error:", np.linalg.norm(difference) / np.linalg.norm(wanted))
`
}

/** How a raw example becomes the x that the model expects, and a prediction. */
export function predictionExample(set: DistilledSet): string {
  const { preprocessing, target, training, features } = set
  const prepared = `# raw: examples as they are in the data, one per row; images as height x width x channels
${preprocessingInPython(preprocessing)}`
  if (training.kind === 'two-layer') return `${prepared}${twoLayerAnswer(training.classes)}\n`
  if (training.kind === 'kernel') return `${prepared}${kernelAnswer(set)}\n`
  const map = features ? 'x = phi(x)\n' : ''
  const answer =
    target.kind === 'class'
      ? 'predicted = np.argmax(x @ W.T + b, axis=1)  # an index into the class names'
      : 'predicted = x @ W.T + b  # one column for each target'
  return `${prepared}${map}${answer}\n`
}

/** Lines that make x, in float64, of `raw`. */
function preprocessingInPython({ name, normalised }: Preprocessing): string {
  const affine = 'x = x * arrays["preprocessing.scale"] + arrays["preprocessing.shift"]\n'
  const lines: Record<Preprocessing['name'], string> = {
    none: '',
    unit: affine,
    channel: affine,
    column: affine,
    zca: 'x = (x - arrays["preprocessing.mean"]) @ arrays["preprocessing.whitening"]\n',
  }
  const normalise = `varied = np.ptp(x, axis=1, keepdims=True) > 0
x = x - x.mean(axis=1, keepdims=True)
x = np.where(varied, x / np.where(varied, np.linalg.norm(x, axis=1, keepdims=True), 1), 0)
`
  return `x = raw.reshape(len(raw), -1).astype(float)\n${normalised ? normalise : ''}${lines[name]}`
}

/** The same points through pandas. */
export const readTableInPython = `import numpy as np
import pandas as pd

train = pd.read_parquet("train.parquet")
X, Y = np.stack(train["x"]), np.stack(train["y"])
`
