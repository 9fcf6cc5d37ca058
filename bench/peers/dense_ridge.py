"""The peer that distilling on dense random features is timed against, in plain NumPy.

Reads MNIST (IDX files) or CIFAR-10 (binary files), normalises, takes the features LeakyReLU(W1 x) of one random layer
as wide as the input, fits ridge regression for 24 values of lambda, picks the one with the best accuracy on a seeded
5 % hold-out, distils to IPC points per class as Chen, Huang, Weng (NeurIPS 2024) do (one-hot labels, noise, SVD
pseudo-inverse, least squares through the layer), retrains on them, writes one npz, reads it and checks it again.

float64, one Gram matrix and one eigendecomposition for all lambda. The steps as the authors' script takes them are in
dense_ridge_authors.py.

usage: python3 dense_ridge.py FOLDER IPC [OUTPUT.npz]
Prints one JSON line: accuracies, relative error, seconds per stage.
"""

import glob
import gzip
import json
import os
import sys
import tempfile
import time

import numpy as np

RIDGES = 10.0 ** np.arange(-6, 5.75, 0.5)
HOLD_OUT = 0.05
SEED = 0
SLOPE = 0.1
BLOCK = 5000


def read_idx(path):
    with gzip.open(path, "rb") as file:
        raw = file.read()
    rank = raw[3]
    shape = np.frombuffer(raw, ">u4", rank, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def read(folder, dtype):
    """Train and test inputs (rows), labels."""
    batches = sorted(glob.glob(os.path.join(folder, "data_batch_*.bin")))
    if batches:
        mean = np.repeat([0.4914, 0.4822, 0.4465], 1024).astype(dtype)
        std = np.repeat([0.2023, 0.1994, 0.2010], 1024).astype(dtype)
        splits = [batches, [os.path.join(folder, "test_batch.bin")]]
        raws = [np.concatenate([np.fromfile(path, np.uint8).reshape(-1, 3073) for path in paths]) for paths in splits]
        return [((raw[:, 1:].astype(dtype) / 255 - mean) / std, raw[:, 0]) for raw in raws]
    splits = []
    for name in ("train", "t10k"):
        images = read_idx(os.path.join(folder, f"{name}-images-idx3-ubyte.gz"))
        labels = read_idx(os.path.join(folder, f"{name}-labels-idx1-ubyte.gz"))
        inputs = images.reshape(len(images), -1).astype(dtype)
        inputs *= 1 / (255 * 0.3081)
        inputs -= 0.1307 / 0.3081
        splits.append((inputs, labels))
    return splits


def leaky(z, slope=SLOPE):
    """In place."""
    np.multiply(z, slope, out=z, where=z < 0)
    return z


def features(inputs, layer):
    return leaky(inputs @ layer.T)


def correct(scores, labels):
    return int(np.sum(np.argmax(scores, axis=1) == labels))


def fit_efficient(inputs, labels, layer, held):
    """W from one Gram matrix of all examples less the hold-out, and one eigendecomposition."""
    k, p = int(labels.max()) + 1, len(layer)
    gram, cross = np.zeros((p, p)), np.zeros((k, p))
    for start in range(0, len(inputs), BLOCK):
        phi = features(inputs[start : start + BLOCK], layer)
        gram += phi.T @ phi
        cross += np.eye(k)[labels[start : start + BLOCK]].T @ phi
    hold = features(inputs[held], layer)
    gram -= hold.T @ hold
    cross -= np.eye(k)[labels[held]].T @ hold
    values, vectors = np.linalg.eigh(gram)
    values = np.maximum(values, 0)
    rotated_cross, rotated_hold = cross @ vectors, hold @ vectors
    scores = [correct(rotated_hold @ (rotated_cross / (values + ridge)).T, labels[held]) for ridge in RIDGES]
    ridge = RIDGES[int(np.argmax(scores))]
    return (rotated_cross / (values + ridge)) @ vectors.T, float(ridge)


def distil(weight, layer, ipc):
    """m = ipc · k points with one-hot labels: X_S = W1^+ a^-1(D^+), D = Y^+ W + (I − Y^+ Y) Z."""
    k, p = weight.shape
    one_hot = np.tile(np.eye(k, dtype=weight.dtype), (ipc, 1))
    pseudo = np.linalg.pinv(one_hot.T)
    base = pseudo @ weight
    noise = np.random.default_rng(SEED).standard_normal(base.shape).astype(weight.dtype) * (0.1 * base.std())
    d = base + noise - pseudo @ (one_hot.T @ noise)
    phi = np.linalg.pinv(d).T
    np.divide(phi, np.asarray(SLOPE, phi.dtype), out=phi, where=phi < 0)
    return np.linalg.lstsq(layer, phi.T, rcond=None)[0].T, one_hot


def retrain(points, labels, layer):
    return np.linalg.lstsq(features(points, layer), labels, rcond=None)[0].T


def main(folder, ipc, output):
    dtype = np.float64
    seconds = {}
    started = last = time.perf_counter()

    def stage(name):
        nonlocal last
        now = time.perf_counter()
        seconds[name] = now - last
        last = now

    (inputs, labels), (test_inputs, test_labels) = read(folder, dtype)
    stage("read")
    random = np.random.default_rng(SEED)
    size = inputs.shape[1]
    layer = (random.standard_normal((size, size)) / np.sqrt(size)).astype(dtype)
    held = np.sort(random.permutation(len(inputs))[: round(HOLD_OUT * len(inputs))])
    weight, ridge = fit_efficient(inputs, labels, layer, held)
    stage("fit")
    points, one_hot = distil(weight, layer, ipc)
    stage("distil")
    np.savez(output, points=points, labels=one_hot, layer=layer, weight=weight, ridge=ridge)
    stage("write")
    with np.load(output) as stored:
        again = retrain(stored["points"], stored["labels"], stored["layer"])
        error = float(np.linalg.norm(again - stored["weight"]) / np.linalg.norm(stored["weight"]))
    counts = [0, 0]
    for start in range(0, len(test_inputs), BLOCK):
        phi = features(test_inputs[start : start + BLOCK], layer)
        for i, model in enumerate((weight, again)):
            counts[i] += correct(phi @ model.T, test_labels[start : start + BLOCK])
    stage("verify")
    seconds["total"] = time.perf_counter() - started
    n = len(test_labels)
    print(
        json.dumps(
            {
                "ridge": ridge,
                "relativeError": error,
                "accuracy": {"original": counts[0] / n, "distilled": counts[1] / n, "n": n},
                "seconds": {name: round(value, 4) for name, value in seconds.items()},
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    file = sys.argv[3] if len(sys.argv) > 3 else os.path.join(tempfile.mkdtemp(), "dense_ridge.npz")
    main(sys.argv[1], int(sys.argv[2]), file)
