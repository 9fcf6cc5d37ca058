import type { StoredFeatures } from '#core/stored-features'

const activation = `def activated(Z, name, slope):
    if name == "tanh":
        return np.tanh(Z)
    if name == "linear":
        return Z
    return np.where(Z < 0, (0.0 if name == "relu" else slope) * Z, Z)
`

const layer = `def affine(X, number, bias):
    X = X @ arrays[f"features.layer{number}.weight"].T
    return X + arrays[f"features.layer{number}.bias"] if bias else X
`

const patches = `def patches(X, shape, kernel, stride, padding):
    """Every patch of images (height x width x channels), in the order row, column, channel."""
    images = np.pad(X.reshape(-1, *shape), ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(images, (kernel, kernel), axis=(1, 2))
    windows = windows[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)
    return windows.reshape(*windows.shape[:3], -1)
`

/** One `phi` for each kind of map, from the arrays and the parameters of the file. */
const maps: Record<string, string> = {
  dense: `${activation}
${layer}
def phi(X):
    """Features of preprocessed inputs: a fully connected network."""
    for number in range(1, len(parameters["widths"]) + 1):
        X = activated(affine(X, number, parameters["bias"]), parameters["activation"], parameters["slope"])
    return X
`,
  'linear-net': `def phi(X):
    """Features of preprocessed inputs: a deep linear network."""
    for number in range(1, len(parameters["widths"]) + 1):
        X = X @ arrays[f"features.layer{number}.weight"].T
    return X
`,
  fourier: `def phi(X):
    """Features of preprocessed inputs: random Fourier features."""
    A = arrays["features.frequencies"]
    return np.sqrt(2 / len(A)) * np.cos(X @ A.T + arrays["features.phases"])
`,
  coupling: `def phi(X):
    """Features of preprocessed inputs: an invertible network of coupling layers."""
    X, steepness = X.copy(), (parameters["stretch"] - 1) / (parameters["stretch"] + 1)
    for number in range(1, parameters["depth"] + 1):
        H, S, T = (arrays[f"features.layer{number}.{part}"] for part in ("hidden", "stretch", "shift"))
        kept = (number - 1) % 2
        Z = X[:, kept::2] @ H.T
        Z = np.where(Z < 0, parameters["slope"] * Z, Z)
        q = Z @ S.T
        q = steepness * q / (1 + np.abs(q))
        X[:, 1 - kept :: 2] = X[:, 1 - kept :: 2] * (1 + q) / (1 - q) + Z @ T.T
    return X
`,
  conv: `${activation}
${layer}
${patches}
def phi(X):
    """Features of preprocessed inputs: convolutions with LeakyReLU."""
    shape = features["inputShape"]
    for number, size in enumerate(parameters["layers"], 1):
        P = patches(X, shape, size["kernel"], size["stride"], size["padding"])
        X = activated(affine(P, number, parameters["bias"]), "leaky-relu", parameters["slope"])
        shape = X.shape[1:]
    return X.reshape(len(X), -1)
`,
  network: `${activation}
${layer}
${patches}
def phi(X):
    """Features of preprocessed inputs: convolutions and dense layers."""
    shape = features["inputShape"]
    for number, size in enumerate(parameters["layers"], 1):
        if size["type"] == "conv":
            X = patches(X, shape, size["kernel"], size["stride"], size["padding"])
        else:
            X = X.reshape(len(X), -1)
        X = activated(affine(X, number, size["bias"]), size["activation"], size["slope"])
        shape = X.shape[1:]
    return X.reshape(len(X), -1)
`,
}

/**
 * Python for the feature map of a set, `phi(X)` in float64; it expects `arrays` and `metadata` to be read.
 * @returns undefined for a map without such a text
 */
export function featuresInPython({ id }: StoredFeatures): string | undefined {
  if (!Object.hasOwn(maps, id)) return undefined
  return `features = json.loads(metadata["features"])
parameters = features["parameters"]

${maps[id]}`
}
