"""Opens an artefact with NumPy alone, and with pandas, pyarrow and safetensors where they are installed.

Trains ridge regression on the points, compares with the stored model, and checks that every reader sees the same
numbers, bit for bit. Prints one JSON object; exits with 1 where something differs.

    python3 bench/peers/open_artefact.py FOLDER
"""

import importlib
import json
import sys
from pathlib import Path

import numpy as np

KINDS = {"F32": "<f4", "F64": "<f8", "I32": "<i4"}


def read_safetensors(path):
    """The arrays of a safetensors file by name, and its metadata, each member of which is JSON."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    metadata = {key: json.loads(text) for key, text in header.pop("__metadata__").items()}
    arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        values = np.frombuffer(raw[start + first : start + last], KINDS[entry["dtype"]])
        arrays[name] = values.reshape(entry["shape"])
    return arrays, metadata


def ridge(x, y, penalty, intercept):
    """W and b of min |W X' + b - Y'|^2 + penalty |W|^2, in float64."""
    x, y = x.astype(float), y.astype(float)
    x0 = x.mean(axis=0) if intercept else np.zeros(x.shape[1])
    y0 = y.mean(axis=0) if intercept else np.zeros(y.shape[1])
    a, b = x - x0, y - y0
    if penalty > 0:
        a = np.vstack([a, np.sqrt(penalty) * np.eye(a.shape[1])])
        b = np.vstack([b, np.zeros((a.shape[1], b.shape[1]))])
    weight = np.linalg.lstsq(a, b, rcond=None)[0].T
    return weight, y0 - weight @ x0


def relative_error(arrays, training):
    weight, bias = ridge(arrays["points"], arrays["labels"], training["ridge"], training["intercept"])
    found = np.column_stack([weight, bias])
    wanted = np.column_stack([arrays["model.weight"], arrays["model.bias"]])
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


def optional(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def same(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def main(folder):
    arrays, metadata = read_safetensors(folder / "distilled.safetensors")
    readers = {"numpy": True}

    if library := optional("safetensors.numpy"):
        loaded = library.load_file(folder / "distilled.safetensors")
        readers["safetensors"] = loaded.keys() == arrays.keys() and all(
            same(loaded[name], arrays[name]) for name in arrays
        )

    tables = {}
    if pyarrow := optional("pyarrow.parquet"):
        tables["pyarrow"] = pyarrow.read_table(folder / "train.parquet").to_pydict()
        if pandas := optional("pandas"):
            tables["pandas"] = pandas.read_parquet(folder / "train.parquet")
    for name, table in tables.items():
        kind = arrays["points"].dtype
        readers[name] = same(np.array([np.asarray(row, kind) for row in table["x"]]), arrays["points"]) and same(
            np.array([np.asarray(row, kind) for row in table["y"]]), arrays["labels"]
        )

    print(
        json.dumps(
            {
                "points": len(arrays["points"]),
                "storage": metadata["storage"],
                "relativeError": relative_error(arrays, metadata["training"]),
                "readers": readers,
            }
        )
    )
    return all(readers.values())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(0 if main(Path(sys.argv[1])) else 1)
