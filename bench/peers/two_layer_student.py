#!/usr/bin/env python3
"""
Trains a two-layer network from an artefact of Retort with NumPy alone: a fresh initialisation of any width and seed,
one step on the stored points, the second layer on public points that are drawn here again. Nothing of Retort runs.

  two_layer_student.py FOLDER [--width 400] [--seed 3] [--inputs RAW.npy --output PREDICTIONS.npy]

Prints one JSON object. Its `witness` compares the student of seed 0 with the predictions that the file holds; exit code
1 where they differ.
"""
import argparse
import json
import math
import sys
from pathlib import Path

import numpy as np

MASK = 0xFFFFFFFF


def imul(a, b):
    return (a * b) & MASK


def rotate(x, k):
    return ((x << k) | (x >> (32 - k))) & MASK


def mix(h):
    """The 32-bit finaliser of MurmurHash3."""
    h &= MASK
    h = imul(h ^ (h >> 16), 0x85EBCA6B)
    h = imul(h ^ (h >> 13), 0xC2B2AE35)
    return h ^ (h >> 16)


def hash_tags(tags):
    """Four words of state from what the stream is for, e.g. (0, 'public-points')."""
    state = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]
    text = "\0".join(("string:" if isinstance(tag, str) else "number:") + str(tag) for tag in tags)
    for i, character in enumerate(text):
        for lane in range(4):
            state[lane] = mix((state[lane] ^ imul(ord(character) + 1, 0x9E3779B1 + 2 * lane)) + i)
        state[i & 3] ^= rotate(state[(i + 1) & 3], 13)
    return state if any(state) else [1, 0, 0, 0]


class Random:
    """xoshiro128** with normals by Box-Muller, in the draw order that the file format fixes."""

    def __init__(self, *tags):
        self.state = hash_tags(tags)
        self.spare = None

    def uint32(self):
        s = self.state
        result = imul(rotate(imul(s[1], 5), 7), 9)
        t = (s[1] << 9) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 11)
        return result

    def uniform(self):
        high = self.uint32() >> 5
        return (high * 67108864 + (self.uint32() >> 6)) / 9007199254740992

    def normal(self):
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        angle = 2 * math.pi * self.uniform()
        self.spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def normals(self, *shape):
        """Row by row."""
        return np.array([self.normal() for _ in range(math.prod(shape))]).reshape(shape)


def tensors(path):
    """The arrays of a safetensors file by name, widened to float64, and its metadata, which is JSON by key."""
    raw = Path(path).read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    metadata = {key: json.loads(text) for key, text in header.pop("__metadata__", {}).items()}
    kinds = {"F32": "<f4", "F64": "<f8", "I32": "<i4"}
    arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        values = np.frombuffer(raw[start + first : start + last], kinds[entry["dtype"]])
        arrays[name] = values.reshape(entry["shape"]).astype(float)
    return arrays, metadata


def span(points, pivots):
    """Orthonormal rows by modified Gram-Schmidt in the stored order of pivots, each direction taken out twice."""
    rest, rows = points.copy(), []
    for pivot in pivots:
        q = rest[pivot] / np.linalg.norm(rest[pivot])
        for _ in range(2):
            rest -= np.outer(rest @ q, q)
        rows.append(q)
    return np.array(rows)


class Student:
    """f(x) = offset + slope.x + sum of a relu(w.x + b)."""

    def __init__(self, arrays, training, width, seed):
        points, labels = arrays["points"], arrays["labels"][:, 0]
        own = training["initialisation"]
        if own != "any" and (own["seed"] != seed or training["width"] != width):
            raise SystemExit(f"the labels belong to seed {own['seed']} and width {training['width']} alone")
        d = points.shape[1]
        neurons = Random(seed, "student-neurons").normals(width // 2, d) / math.sqrt(d)
        products = neurons @ points.T
        gates = 0.5 * np.sign(products) if training["tied"] else (products > 0).astype(float)
        rows = training["step"] / len(points) * (gates * labels) @ points
        self.weights = np.vstack([rows, -rows])
        self.biases = Random(seed, "student-biases").normals(width)
        self.offset, self.slope = training["offset"], arrays["model.slope"]
        second = training["secondPoints"]
        given = arrays["second.labels"]
        if second["count"] == 0:
            self.second = given
            return
        across = len(second["pivots"]) if second["mode"] == "span" else d
        public = second["spread"] * Random(second["seed"], "public-points").normals(second["count"], across)
        if second["mode"] == "span":
            public = public @ span(points, second["pivots"])
        hidden = self.features(public)
        gram = hidden.T @ hidden / len(hidden) + training["ridge"] * np.eye(width)
        self.second = np.linalg.solve(gram, hidden.T @ given / len(hidden))

    def features(self, x):
        return np.maximum(x @ self.weights.T + self.biases, 0)

    def __call__(self, x):
        return self.offset + x @ self.slope + self.features(x) @ self.second


def normalised(x):
    """Every example without its own mean, at length 1; equal values become 0."""
    varied = np.ptp(x, axis=1, keepdims=True) > 0
    x = x - x.mean(axis=1, keepdims=True)
    return np.where(varied, x / np.where(varied, np.linalg.norm(x, axis=1, keepdims=True), 1), 0)


def preprocessed(raw, arrays, preprocessing):
    """Raw examples as the points see them."""
    x = raw.reshape(len(raw), -1).astype(float)
    if preprocessing.get("normalised"):
        x = normalised(x)
    if preprocessing["name"] == "none":
        return x
    if preprocessing["name"] == "zca":
        return (x - arrays["preprocessing.mean"]) @ arrays["preprocessing.whitening"]
    return x * arrays["preprocessing.scale"] + arrays["preprocessing.shift"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--width", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--inputs")
    parser.add_argument("--output")
    parser.add_argument("--targets", help="one target per input: adds the relative error and R squared")
    options = parser.parse_args()

    arrays, metadata = tensors(Path(options.folder) / "distilled.safetensors")
    training = metadata["training"]
    width = options.width or training["width"]
    stated = training["witness"]
    probes = Random(stated["seed"], "witness").normals(stated["count"], arrays["points"].shape[1])
    own = training["initialisation"]
    first = Student(arrays, training, training["width"], 0 if own == "any" else own["seed"])
    wanted = arrays["witness.predictions"]
    scale = float(np.std(wanted)) or 1.0
    difference = float(np.max(np.abs(first(probes) - wanted))) / scale
    same = difference <= 1e-6
    result = {
        "points": list(arrays["points"].shape),
        "width": width,
        "seed": options.seed,
        "witness": {"inputs": stated["count"], "largestDifference": difference, "same": same},
    }
    if options.inputs:
        student = Student(arrays, training, width, options.seed)
        predictions = student(preprocessed(np.load(options.inputs), arrays, metadata["preprocessing"]))
        if options.output:
            np.save(options.output, predictions)
        result["predictions"] = {"count": len(predictions), "mean": float(predictions.mean())}
        if options.targets:
            y = np.load(options.targets).reshape(-1)
            result["relativeError"] = float(np.mean((predictions - y) ** 2) / np.var(y))
    print(json.dumps(result))
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
