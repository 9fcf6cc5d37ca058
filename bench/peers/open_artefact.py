"""Opens what Retort wrote with Python alone and trains on it again: the files have to stand without Retort.

usage: python3 open_artefact.py FOLDER [CONVERTED.npz|.csv|.safetensors|.parquet …]

Prints one JSON object: versions, and for each way of opening that this Python offers the relative error of the
weights (with the intercept where there is one) found by least squares in float64. Where the folder holds the real
examples that its points stay near, also how far they are: in the preprocessed space, in which the points live, and for
8-bit images as pixels on 0..1.
"""

import csv
import importlib
import json
import os
import re
import subprocess
import sys

import numpy as np

KINDS = {"F32": "<f4", "F64": "<f8", "I32": "<i4"}


def read_tensors(path):
    with open(path, "rb") as file:
        raw = file.read()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    metadata = {name: json.loads(text) for name, text in header.pop("__metadata__").items() if name != "format"}
    arrays = {
        name: np.frombuffer(
            raw[start + entry["data_offsets"][0] : start + entry["data_offsets"][1]], KINDS[entry["dtype"]]
        ).reshape(entry["shape"])
        for name, entry in header.items()
    }
    return arrays, metadata


def train(points, labels, ridge, intercept):
    """W beside b, k x (p + 1), of min |W X' + b - Y'|^2 + ridge |W|^2."""
    points, labels = points.astype(float), labels.astype(float)
    size = points.shape[1]
    middle = points.mean(axis=0) if intercept else np.zeros(size)
    level = labels.mean(axis=0) if intercept else np.zeros(labels.shape[1])
    left, right = points - middle, labels - level
    if ridge > 0:
        left = np.vstack([left, np.sqrt(ridge) * np.eye(size)])
        right = np.vstack([right, np.zeros((size, labels.shape[1]))])
    weight = np.linalg.lstsq(left, right, rcond=None)[0].T
    return np.column_stack([weight, level - weight @ middle])


def from_table(frame):
    return np.stack(frame["x"]), np.stack(frame["y"])


def from_csv(path):
    with open(path, newline="") as file:
        names, *rows = csv.reader(file)
    columns = {kind: [i for i, name in enumerate(names) if re.match(kind, name)] for kind in (r"x\d", r"y:")}
    table = np.array(rows)
    return tuple(table[:, columns[kind]].astype(float) for kind in (r"x\d", r"y:"))


def from_npz(path):
    with np.load(path) as arrays:
        return arrays["points"], arrays["labels"]


def ways(folder, converted):
    """Name of each way to open, and how it gives points and labels."""
    parquet = os.path.join(folder, "train.parquet")
    tensors = os.path.join(folder, "distilled.safetensors")
    endings = {os.path.splitext(path)[1]: path for path in converted}
    found = {"NumPy, distilled.safetensors": lambda: points_of(read_tensors(tensors)[0])}
    if ".npz" in endings:
        found["NumPy, converted to .npz"] = lambda: from_npz(endings[".npz"])
    if ".csv" in endings:
        found["Python and NumPy, converted to .csv"] = lambda: from_csv(endings[".csv"])
    if version("safetensors"):
        load = importlib.import_module("safetensors.numpy").load_file
        found["safetensors, distilled.safetensors"] = lambda: points_of(load(tensors))
        if ".safetensors" in endings:
            found["safetensors, converted to .safetensors"] = lambda: points_of(load(endings[".safetensors"]))
    if version("pyarrow"):
        read = importlib.import_module("pyarrow.parquet").read_table
        found["pyarrow, train.parquet"] = lambda: from_table(
            {name: read(parquet).column(name).to_pylist() for name in "xy"}
        )
    if version("pandas") and version("pyarrow"):
        pandas = importlib.import_module("pandas")
        found["pandas, train.parquet"] = lambda: from_table(pandas.read_parquet(parquet))
        if ".parquet" in endings:
            found["pandas, converted to .parquet"] = lambda: from_table(pandas.read_parquet(endings[".parquet"]))
    return found


def points_of(arrays):
    return arrays["points"], arrays["labels"]


def version(name):
    try:
        return importlib.import_module(name).__version__
    except ImportError:
        return None


def distance(arrays, is_image):
    points, examples = (arrays[name].astype(float) for name in ("points", "references"))
    relative = float(np.linalg.norm(points - examples) / np.linalg.norm(examples))
    found = {"preprocessed": relative, "least": least_distance(examples, arrays["model.weight"])}
    if not is_image:
        return found
    pixels, pictures = (
        (values - arrays["preprocessing.shift"]) / (255 * arrays["preprocessing.scale"])
        for values in (points, examples)
    )
    return {
        **found,
        "pixels": float(np.linalg.norm(pixels - pictures) / np.linalg.norm(pictures)),
        # Rounding to float32 moves black and white by less than this.
        "outside": float(np.mean((pixels < -1e-6) | (pixels > 1 + 1e-6))),
    }


def least_distance(examples, weight):
    """No points whose span holds Row(W) are nearer: the rank(W) least singular values of what lies outside Row(W)."""
    _, values, rows = np.linalg.svd(weight, full_matrices=False)
    basis = rows[values > 1e-9 * values[0]]
    outside = examples - examples @ basis.T @ basis
    least = np.sort(np.linalg.svd(outside, compute_uv=False))[: len(basis)]
    return float(np.linalg.norm(least) / np.linalg.norm(examples))


def run_card(folder):
    """What the first Python example of the dataset card prints, run as it stands."""
    with open(os.path.join(folder, "README.md"), encoding="utf-8") as file:
        code = re.search(r"```python\n(.*?)```", file.read(), re.DOTALL).group(1)
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return float(done.stdout.split(":")[1])


def main(folder, converted):
    arrays, metadata = read_tensors(os.path.join(folder, "distilled.safetensors"))
    model = np.column_stack([arrays["model.weight"], arrays["model.bias"]])
    training = metadata["training"]

    def error(points, labels):
        trained = train(points, labels, training["ridge"], training["intercept"])
        return float(np.linalg.norm(trained - model) / np.linalg.norm(model))

    errors = {way: error(*read()) for way, read in ways(folder, converted).items()}
    errors["the Python example of README.md, run as it stands"] = run_card(folder)
    answer = {
        "versions": {
            "Python": sys.version.split()[0],
            **{name: version(name) for name in ("numpy", "pandas", "pyarrow", "safetensors")},
        },
        "errors": errors,
    }
    if "references" in arrays:
        answer["distance"] = distance(arrays, len(metadata["inputShape"]) == 3)
    print(json.dumps(answer))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
