import type { DistilledSet } from '#core/distilled-set'
import type { KernelTraining } from '#core/kernel-training'
import { featuresInPython } from './python-features.ts'
import { readTensorsInPython } from './read-tensors-python.ts'

const relu = (result: string, summary: string) => `def kernel(X, Z):
    """${summary} of a wide ReLU network."""
    a, b = parameters["weightDeviation"] ** 2, parameters["biasDeviation"] ** 2
    q, r = (a * (A * A).sum(axis=1) / A.shape[1] + b for A in (X, Z))
    k = t = a * X @ Z.T / X.shape[1] + b
    for _ in range(parameters["depth"]):
        root = np.sqrt(np.outer(q, r))
        c = np.clip(k / np.where(root > 0, root, 1), -1, 1)
        if Z is X:
            np.fill_diagonal(c, q > 0)
        angle = np.pi - np.arccos(c)
        k = a / (2 * np.pi) * root * (np.sqrt(1 - c * c) + angle * c) + b
        t = k + a / (2 * np.pi) * angle * t
        q, r = a * q / 2 + b, a * r / 2 + b
    return ${result}
`

/** One `kernel(X, Z)` for each kernel, from the parameters in the file. */
const kernels: Record<KernelTraining['kernel']['id'], string> = {
  rbf: `def kernel(X, Z):
    """exp(-|x - z|^2 / (2 sigma^2))"""
    squares = (X * X).sum(axis=1)[:, None] + (Z * Z).sum(axis=1) - 2 * X @ Z.T
    if Z is X:
        np.fill_diagonal(squares, 0)
    return np.exp(-squares / (2 * parameters["sigma"] ** 2))
`,
  nngp: relu('k', 'Covariance of the outputs'),
  ntk: relu('t', 'Tangent kernel'),
  features: `def kernel(X, Z):
    """Inner products of features."""
    return phi(X) @ phi(Z).T
`,
}

/** Kernel regression on the points; complete and runnable. Compares with the norm that the certificate states. */
export function kernelExample({ training, features }: DistilledSet<KernelTraining>): string {
  const map = features && featuresInPython(features)
  return `${readTensorsInPython}
arrays, metadata = tensors("distilled.safetensors")
training = json.loads(metadata["training"])
${map ? `\n${map}` : ''}
${map ? '' : 'parameters = training["kernel"]["parameters"]\n\n'}${kernels[training.kernel.id]}
X, Y = arrays["points"].astype(float), arrays["labels"].astype(float)
dual = np.linalg.solve(kernel(X, X) + training["ridge"] * np.eye(len(X)), Y)

def predict(x, rows=1000):
    """f(x) = K(x, X) dual + offset, block by block."""
    blocks = [kernel(x[i : i + rows], X) @ dual for i in range(0, len(x), rows)]
    return np.vstack(blocks) + arrays["model.label-offset"]

with open("certificate.json") as file:
    measures = {measure["id"]: measure for measure in json.load(file)["measures"]}
print("norm of the dual:", np.linalg.norm(dual), "certified:", measures["dual-norm"]["value"])
`
}

/** What follows the preprocessing of raw examples. */
export function kernelAnswer({ target }: DistilledSet): string {
  return target.kind === 'class'
    ? 'predicted = np.argmax(predict(x), axis=1)  # an index into the class names'
    : 'predicted = predict(x)  # one column for each target'
}
