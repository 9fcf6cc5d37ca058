"""The steps of the script that Chen, Huang, Weng published with their paper (NeurIPS 2024), written anew and plainly in NumPy.

Each step is taken where and as often as theirs takes it: everything in float32, all training features held at once; for
each of 24 values of lambda the Gram matrix anew, a least-squares solve of it (SciPy's gelsy, the driver that theirs has on a
processor; NumPy's gelsd where SciPy is missing), the accuracy on the training split, and that on the validation split, whose
features are taken anew; then one-hot labels, noise, SVD pseudo-inverse, retraining by pseudo-inverse, least squares through the
layer, features and retraining again, and accuracies on training and test split after each. Reading is that of
dense_ridge.py, which is quicker than theirs.

usage: python3 dense_ridge_authors.py FOLDER IPC [OUTPUT.npz]
Prints one JSON line: accuracies, relative error, seconds per stage.
"""

import json
import os
import sys
import tempfile
import time

import numpy as np

from dense_ridge import HOLD_OUT, RIDGES, SEED, SLOPE, read

try:
    from scipy.linalg import lstsq as scipy_lstsq
except ImportError:
    scipy_lstsq = None

FLOAT = np.float32


def least_squares(a, b):
    tolerance = np.finfo(FLOAT).eps * max(a.shape)
    if scipy_lstsq is None:
        return np.linalg.lstsq(a, b, rcond=tolerance)[0]
    return scipy_lstsq(a, b, cond=tolerance, lapack_driver="gelsy", check_finite=False)[0]


def features(inputs, layer):
    """One column per example, as theirs are."""
    z = inputs @ layer.T
    return np.where(z > 0, z, FLOAT(SLOPE) * z).T


def train(phi, targets, ridge):
    """W of ridge regression: theirs solves for it only where lambda is not 0."""
    if ridge == 0:
        return targets @ np.linalg.pinv(phi)
    gram = phi @ phi.T + FLOAT(ridge) * np.eye(len(phi), dtype=FLOAT)
    return least_squares(gram, phi @ targets.T).T


def accuracy(weight, phi, labels):
    return float(np.mean(np.argmax(weight @ phi, axis=0) == labels))


def tested(weight, layer, inputs, labels, batch):
    right = 0
    for start in range(0, len(inputs), batch):
        phi = features(inputs[start : start + batch], layer)
        right += int(np.sum(np.argmax(weight @ phi, axis=0) == labels[start : start + batch]))
    return right / len(inputs)


def main(folder, ipc, output):
    seconds = {}
    started = last = time.perf_counter()

    def stage(name):
        nonlocal last
        now = time.perf_counter()
        seconds[name] = now - last
        last = now

    (inputs, labels), (test_inputs, test_labels) = read(folder, FLOAT)
    stage("read")
    random = np.random.default_rng(SEED)
    size, k = inputs.shape[1], int(labels.max()) + 1
    layer = (random.standard_normal((size, size)) / np.sqrt(size)).astype(FLOAT)
    order = random.permutation(len(inputs))
    count = round(HOLD_OUT * len(inputs))
    held, rest = order[:count], order[count:]
    held_inputs, held_labels = inputs[held], labels[held]
    phi, phi_labels = features(inputs[rest], layer), labels[rest]
    one_hot = np.eye(k, dtype=FLOAT)
    targets = one_hot[phi_labels].T
    best, chosen, weight = 0.0, None, None
    for ridge in RIDGES:
        candidate = train(phi, targets, ridge)
        accuracy(candidate, phi, phi_labels)
        score = tested(candidate, layer, held_inputs, held_labels, count)
        if score > best:
            best, chosen, weight = score, float(ridge), candidate
    original = tested(weight, layer, test_inputs, test_labels, 1000)
    stage("fit")
    y = np.tile(one_hot, (1, ipc))
    inverse = np.linalg.pinv(y)
    noise = random.standard_normal((y.shape[1], size)).astype(FLOAT) * (FLOAT(0.1) * (inverse @ weight).std())
    d = inverse @ weight + (np.eye(y.shape[1], dtype=FLOAT) - inverse @ y) @ noise
    phi_s = np.linalg.pinv(d)
    in_features = train(phi_s, y, 0)
    accuracy(in_features, phi, phi_labels)
    tested(in_features, layer, test_inputs, test_labels, 1000)
    points = least_squares(layer, np.where(phi_s > 0, phi_s, phi_s / FLOAT(SLOPE))).T
    again = train(features(points, layer), y, 0)
    accuracy(again, phi, phi_labels)
    distilled = tested(again, layer, test_inputs, test_labels, 1000)
    stage("distil")
    np.savez(output, distilled_data=points)
    stage("write")
    seconds["total"] = time.perf_counter() - started
    print(
        json.dumps(
            {
                "ridge": chosen,
                "solver": "numpy gelsd" if scipy_lstsq is None else "scipy gelsy",
                "relativeError": float(np.linalg.norm(again - weight) / np.linalg.norm(weight)),
                "accuracy": {"original": original, "distilled": distilled, "n": len(test_labels)},
                "seconds": {name: round(value, 4) for name, value in seconds.items()},
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    file = sys.argv[3] if len(sys.argv) > 3 else os.path.join(tempfile.mkdtemp(), "dense_ridge_authors.npz")
    main(sys.argv[1], int(sys.argv[2]), file)
