"""The peer that the linear-algebra providers are timed against: NumPy with the OpenBLAS inside its wheel.

Started by bench/linalg/run.ts with OPENBLAS_NUM_THREADS set. Reads one JSON request per line, answers with one line:
  {"prepare": "gemm", "type": "float32", "rows": 1024, "cols": 1024}  ->  {"ready": true}
  {"repeats": 3}                                                      ->  {"seconds": 0.0123}, per repeat

usage: python3 linalg_numpy.py, then requests on standard input
"""

import json
import sys
import time

import numpy as np


def normal(rows, cols, dtype):
    """Random rows, repeated: the time does not depend on them, and drawing them all would take longer."""
    block = np.random.default_rng(0).standard_normal((min(rows, 1000), cols)).astype(dtype)
    return np.resize(block, (rows, cols))


def positive(size, dtype):
    a = normal(size, size, dtype)
    return a @ a.T + size * np.eye(size, dtype=dtype)


def symmetric(size, dtype):
    a = normal(size, size, dtype)
    return (a + a.T) / 2


def prepared(request):
    kind, dtype = request["prepare"], request["type"]
    rows, cols = request["rows"], request["cols"]
    if kind == "gemm":
        a, b = normal(rows, cols, dtype), normal(cols, rows, dtype)
        c = np.empty((rows, rows), dtype)
        return lambda: np.matmul(a, b, out=c)
    if kind == "gram":
        a = normal(rows, cols, dtype)
        return lambda: a.T @ a  # NumPy sees the shared operand and calls syrk
    if kind == "cholesky":
        a = positive(rows, dtype)
        return lambda: np.linalg.cholesky(a)
    if kind == "eigen":
        a = symmetric(rows, dtype)
        return lambda: np.linalg.eigh(a)
    if kind == "svd":
        a = normal(rows, cols, dtype)
        return lambda: np.linalg.svd(a, full_matrices=False)
    raise ValueError(f"unknown work: {kind}")


def main():
    print(json.dumps({"numpy": np.__version__}), flush=True)
    work = None
    for line in sys.stdin:
        request = json.loads(line)
        if "prepare" in request:
            work = None
            work = prepared(request)
            answer = {"ready": True}
        else:
            start = time.perf_counter()
            for _ in range(request["repeats"]):
                work()
            answer = {"seconds": (time.perf_counter() - start) / request["repeats"]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
