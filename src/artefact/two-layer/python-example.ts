import { readTensorsInPython } from '../read-tensors-python.ts'

const randomInPython = `class Random:
    """xoshiro128** and Box-Muller, in the order of draws that the file format fixes."""

    def __init__(self, *tags):
        self.state, self.spare = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], None
        s = self.state
        text = "\\0".join(("string:" if isinstance(t, str) else "number:") + str(t) for t in tags)
        for i, character in enumerate(text):
            for lane in range(4):
                factor = 0x9E3779B1 + 2 * lane
                s[lane] = mix((s[lane] ^ ((ord(character) + 1) * factor & M)) + i)
            s[i & 3] ^= rotate(s[(i + 1) & 3], 13)

    def word(self):
        s = self.state
        result = rotate(s[1] * 5 & M, 7) * 9 & M
        t = s[1] << 9 & M
        s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t
        s[3] = rotate(s[3], 11)
        return result

    def uniform(self):
        high = self.word() >> 5
        return (high * 67108864 + (self.word() >> 6)) / 9007199254740992

    def normal(self):
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        angle = 2 * math.pi * self.uniform()
        self.spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def normals(self, *shape):
        return np.array([self.normal() for _ in range(math.prod(shape))]).reshape(shape)
`

const studentInPython = `def student(arrays, training, width, seed):
    """A fresh network of any even width and seed, trained from the arrays alone; gives its prediction function."""
    X, y = arrays["points"].astype(float), arrays["labels"].astype(float)[:, 0]
    W0 = Random(seed, "student-neurons").normals(width // 2, X.shape[1]) / math.sqrt(X.shape[1])
    gate = np.sign(W0 @ X.T) / 2 if training["tied"] else (W0 @ X.T > 0).astype(float)
    V = training["step"] / len(X) * (gate * y) @ X
    W, b = np.vstack([V, -V]), Random(seed, "student-biases").normals(width)
    features = lambda x: np.maximum(x @ W.T + b, 0)
    second, a = training["secondPoints"], arrays["second.labels"].astype(float)
    if second["count"] > 0:
        span, rest = second["mode"] == "span", X.copy()
        across = len(second["pivots"]) if span else X.shape[1]
        P = second["spread"] * Random(second["seed"], "public-points").normals(second["count"], across)
        if span:
            Q = []
            for pivot in second["pivots"]:
                q = rest[pivot] / np.linalg.norm(rest[pivot])
                rest = rest - np.outer(rest @ q, q)
                rest = rest - np.outer(rest @ q, q)
                Q.append(q)
            P = P @ np.array(Q)
        F = features(P)
        a = np.linalg.solve(F.T @ F / len(F) + training["ridge"] * np.eye(width), F.T @ a / len(F))
    slope = arrays["model.slope"].astype(float)
    return lambda x: training["offset"] + x @ slope + features(x) @ a
`

/** Trains a student from the folder with NumPy alone and compares it with the witness; complete and runnable. */
export const twoLayerExample = `import math
${readTensorsInPython}
M = 0xFFFFFFFF
rotate = lambda x, k: (x << k | x >> (32 - k)) & M

def mix(h):
    h &= M
    h = (h ^ h >> 16) * 0x85EBCA6B & M
    h = (h ^ h >> 13) * 0xC2B2AE35 & M
    return h ^ h >> 16

${randomInPython}
${studentInPython}
arrays, metadata = tensors("distilled.safetensors")
training = json.loads(metadata["training"])
start = training["initialisation"]
seed = 0 if start == "any" else start["seed"]
predict = student(arrays, training, training["width"], seed)

witness = training["witness"]
probes = Random(witness["seed"], "witness").normals(witness["count"], arrays["points"].shape[1])
wanted = arrays["witness.predictions"]
print("difference from the witness:", np.max(np.abs(predict(probes) - wanted)) / np.std(wanted))
`

/** How a prediction is read. @param classes of a classifier: names behind +1 and −1 */
export function twoLayerAnswer(
  classes: { readonly positive: string; readonly negative: string } | undefined,
): string {
  return classes
    ? `predicted = np.where(predict(x) > 0, ${JSON.stringify(classes.positive)}, ${JSON.stringify(classes.negative)})`
    : 'predicted = predict(x)'
}
