"""Trains on an artefact of kernel ridge regression with NumPy alone and scores it on MNIST: no part of Retort runs.

usage: python3 kernel_ridge_artefact.py FOLDER MNIST

Reads distilled.safetensors by hand, sends the points through the feature map that the file holds (dense or fourier),
solves least squares in float64 and prints one JSON object: the relative error of W against the stored one, the test
accuracy of both and that of certificate and run record.
"""

import gzip
import json
import os
import sys

import numpy as np

KINDS = {"F32": "<f4", "F64": "<f8", "I32": "<i4"}


def read_tensors(path):
    with open(path, "rb") as file:
        raw = file.read()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    metadata = {name: json.loads(text) for name, text in header.pop("__metadata__").items()}
    arrays = {
        name: np.frombuffer(
            raw[start + entry["data_offsets"][0] : start + entry["data_offsets"][1]], KINDS[entry["dtype"]]
        ).reshape(entry["shape"])
        for name, entry in header.items()
    }
    return arrays, metadata


def read_idx(folder, name):
    plain = os.path.join(folder, name)
    packed = plain + ".gz"
    with open(plain, "rb") if os.path.exists(plain) else gzip.open(packed, "rb") as file:
        raw = file.read()
    shape = np.frombuffer(raw, ">i4", raw[3], 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def feature_map(arrays, features):
    parameters = features["parameters"]
    if features["id"] == "fourier":
        frequencies, phases = arrays["features.frequencies"], arrays["features.phases"]
        return lambda x: np.sqrt(2 / len(frequencies)) * np.cos(x @ frequencies.T + phases)
    if features["id"] != "dense" or parameters["activation"] != "leaky-relu":
        sys.exit(f"no reader here for map {features['id']} with {parameters}")

    def dense(x):
        for number in range(1, len(parameters["widths"]) + 1):
            x = x @ arrays[f"features.layer{number}.weight"].T
            if parameters["bias"]:
                x = x + arrays[f"features.layer{number}.bias"]
            x = np.where(x < 0, parameters["slope"] * x, x)
        return x

    return dense


def train(features, labels, ridge, intercept):
    middle = features.mean(axis=0) if intercept else np.zeros(features.shape[1])
    level = labels.mean(axis=0) if intercept else np.zeros(labels.shape[1])
    left, right = features - middle, labels - level
    if ridge > 0:
        left = np.vstack([left, np.sqrt(ridge) * np.eye(left.shape[1])])
        right = np.vstack([right, np.zeros((left.shape[1], right.shape[1]))])
    weight = np.linalg.lstsq(left, right, rcond=None)[0].T
    return weight, level - weight @ middle


def main(folder, data):
    arrays, metadata = read_tensors(os.path.join(folder, "distilled.safetensors"))
    phi = feature_map(arrays, metadata["features"])
    training = metadata["training"]
    points, labels = arrays["points"].astype(float), arrays["labels"].astype(float)
    weight, bias = train(phi(points), labels, training["ridge"], training["intercept"])

    images = read_idx(data, "t10k-images-idx3-ubyte")
    truth = read_idx(data, "t10k-labels-idx1-ubyte")
    inputs = images.reshape(len(images), -1) * arrays["preprocessing.scale"] + arrays["preprocessing.shift"]
    seen = phi(inputs)
    score = lambda w, b: float(np.mean(np.argmax(seen @ w.T + b, axis=1) == truth))
    wanted = np.column_stack([arrays["model.weight"], arrays["model.bias"]])
    error = np.linalg.norm(np.column_stack([weight, bias]) - wanted) / np.linalg.norm(wanted)
    with open(os.path.join(folder, "certificate.json")) as file:
        certificate = json.load(file)
    with open(os.path.join(folder, "run.json")) as file:
        rows = json.load(file)["comparison"]["rows"]
    print(
        json.dumps(
            {
                "numpy": np.__version__,
                "map": metadata["features"]["id"],
                "storage": metadata["storage"],
                "points": len(points),
                "relativeError": float(error),
                "tolerance": certificate["tolerance"],
                "accuracy": {"distilled": score(weight, bias), "original": score(wanted[:, :-1], wanted[:, -1])},
                "recorded": {row["name"]: row["score"]["value"] for row in rows},
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
