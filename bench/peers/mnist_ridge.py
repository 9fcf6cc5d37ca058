"""The peer that `retort distill MNIST --ipc 1` is timed against: the same work in plain NumPy, done the efficient way.

Reads the four IDX files, normalises, splits off a seeded 5 % hold-out, takes the float64 Gram matrix, fits ridge
regression for 18 values of lambda from one symmetric eigendecomposition, picks lambda by hold-out accuracy, builds ten
points X_S = W^T (W W^T)^-1 with one-hot labels, retrains on them and writes one npz.

usage: python3 mnist_ridge.py FOLDER [OUTPUT.npz]
Prints one JSON line: accuracies, relative error, seconds per stage.
"""

import gzip
import json
import os
import sys
import tempfile
import time

import numpy as np

MEAN, STD = 0.1307, 0.3081
RIDGES = 10.0 ** np.arange(-3, 5.75, 0.5)
HOLD_OUT = 0.05
SEED = 0


def read_idx(path):
    with gzip.open(path, "rb") as file:
        raw = file.read()
    rank = raw[3]
    shape = np.frombuffer(raw, ">u4", rank, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def read_split(folder, name):
    images = read_idx(os.path.join(folder, f"{name}-images-idx3-ubyte.gz"))
    labels = read_idx(os.path.join(folder, f"{name}-labels-idx1-ubyte.gz"))
    inputs = images.reshape(len(images), -1).astype(np.float64)
    inputs *= 1 / (255 * STD)
    inputs -= MEAN / STD
    return inputs, labels


def accuracy(weight, inputs, labels):
    return float(np.mean(np.argmax(inputs @ weight.T, axis=1) == labels))


def main(folder, output):
    seconds = {}
    started = last = time.perf_counter()

    def stage(name):
        nonlocal last
        now = time.perf_counter()
        seconds[name] = now - last
        last = now

    inputs, labels = read_split(folder, "train")
    test_inputs, test_labels = read_split(folder, "t10k")
    stage("read")

    order = np.random.default_rng(SEED).permutation(len(inputs))
    held = np.sort(order[: round(HOLD_OUT * len(inputs))])
    hold_inputs, hold_labels = inputs[held], labels[held]
    # Everything minus the hold-out: cheaper than a copy of the other 95 %.
    gram = inputs.T @ inputs - hold_inputs.T @ hold_inputs
    cross = np.eye(10)[labels].T @ inputs - np.eye(10)[hold_labels].T @ hold_inputs
    stage("statistics")

    values, vectors = np.linalg.eigh(gram)
    values = np.maximum(values, 0)
    rotated_cross = cross @ vectors
    rotated_hold = hold_inputs @ vectors
    best = (-1.0, None)
    for ridge in RIDGES:
        rotated_weight = rotated_cross / (values + ridge)
        score = accuracy(rotated_weight, rotated_hold, hold_labels)
        if score > best[0]:
            best = (score, ridge)
    ridge = best[1]
    weight = (rotated_cross / (values + ridge)) @ vectors.T
    stage("fit")

    # One-hot labels: X_S = W^+ (columns are points), retrained with lambda_S = 0: W_S = Y_S X_S^+.
    points = np.linalg.solve(weight @ weight.T, weight)
    retrained = np.linalg.lstsq(points, np.eye(10), rcond=None)[0].T
    relative_error = float(np.linalg.norm(retrained - weight) / np.linalg.norm(weight))
    original = accuracy(weight, test_inputs, test_labels)
    distilled = accuracy(retrained, test_inputs, test_labels)
    stage("distil")

    np.savez(output, points=points, labels=np.eye(10), weight=weight, ridge=ridge, mean=MEAN, std=STD)
    stage("write")
    seconds["total"] = time.perf_counter() - started

    print(
        json.dumps(
            {
                "ridge": float(ridge),
                "holdOutAccuracy": best[0],
                "relativeError": relative_error,
                "accuracy": {"original": original, "distilled": distilled, "n": len(test_labels)},
                "seconds": {name: round(value, 4) for name, value in seconds.items()},
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else os.path.join(tempfile.mkdtemp(), "mnist_ridge.npz"))
