#!/usr/bin/env python3
"""
The same distillation in plain NumPy, for time: points by the closed form of gradient matching, refinement through both
training steps, labels for several students. Its data are drawn here (other numbers, the same task).

Settings are those of the project's NumPy prototype: fifteen refinement steps with students of width 300, ten students for
the labels, as many labels as neurons; moments of features from float32 products in blocks of 4000 that are added up in
float64, all else in float64. The prototype finds its points from 2000 neurons drawn for each step; this script takes the
closed form of their mean, which is cheaper.

  two_layer_numpy.py [--inputs 100] [--examples 40000] [--directions 2] [--width 400] [--labels 400] [--students 10]
                     [--refinement 15] [--refinement-width 300] [--steps 3] [--seed 1]

Prints one JSON object: seconds by stage and the relative error of three fresh networks.
"""
import argparse
import json
import time

import numpy as np

RHO = 0.8


def relu(x):
    return np.maximum(x, 0)


def link(z):
    h2 = lambda t: (t * t - 1) / 2**0.5
    h3 = lambda t: (t**3 - 3 * t) / 6**0.5
    a, b = z.T
    return (h2(a) - 0.8 * h2(b) + 0.5 * a * b + 0.8 * h3(a) + 0.8 * h2(a) * b) / 3.17**0.5


def row_length(a):
    return np.linalg.norm(a, axis=1).mean()


def gates(neurons, points):
    return 0.5 * np.sign(neurons @ points.T)


def calibrated(points, rng):
    neurons = rng.standard_normal((1000, points.shape[1])) / points.shape[1] ** 0.5
    return RHO / row_length(gates(neurons, points) @ points / len(points))


class Layer:
    def __init__(self, points, step, width, rng):
        self.neurons = rng.standard_normal((width // 2, points.shape[1])) / points.shape[1] ** 0.5
        self.pattern = gates(self.neurons, points)
        rows = step * self.pattern @ points / len(points)
        self.weights = np.vstack([rows, -rows])
        self.biases = rng.standard_normal(width)

    def __call__(self, x):
        return relu(x @ self.weights.T + self.biases)


def blocks(x, y, size=4000):
    for start in range(0, len(x), size):
        yield x[start : start + size], y[start : start + size]


def moments(layer, x, y):
    gram = cross = 0.0
    for part, targets in blocks(x, y):
        phi = layer(part).astype(np.float32)
        gram = gram + (phi.T @ phi).astype(float)
        cross = cross + (phi.T @ targets.astype(np.float32)).astype(float)
    return gram / len(x), cross / len(x)


def closed_form(points, x, y):
    """Gradient matching over all initialisations."""
    result = np.zeros_like(points)
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    for part, targets in blocks(x, y):
        cosine = np.clip(unit @ part.T / np.linalg.norm(part, axis=1), -1, 1)
        result += (np.arcsin(cosine) / (2 * np.pi) * targets) @ part
    return result / len(x)


def refined(points, step, x, y, rng, rounds, width, ridge=1e-3):
    for k in range(rounds):
        layer = Layer(points, step, width, rng)
        gram, cross = moments(layer, x, y)
        second = np.linalg.solve(gram + ridge * np.eye(width), cross)
        sums = np.zeros((width, x.shape[1]))
        for part, targets in blocks(x, y):
            open_ = part @ layer.weights.T + layer.biases
            residual = targets - relu(open_) @ second
            sums += ((open_ > 0) * residual[:, None]).T @ part
        sums *= second[:, None]
        half = width // 2
        direction = layer.pattern.T @ (sums[:half] - sums[half:])
        size = 0.05 * (1 - k / rounds) * np.linalg.norm(points) / np.linalg.norm(direction)
        points = points + size * direction
    return points


def basis(points, tolerance=0.15):
    rest, rows, first = points.copy(), [], None
    while len(rows) < len(points):
        norms = np.linalg.norm(rest, axis=1)
        pivot = norms.argmax()
        first = first or norms[pivot]
        if norms[pivot] < tolerance * first:
            break
        q = rest[pivot] / norms[pivot]
        for _ in range(2):
            rest = rest - np.outer(rest @ q, q)
        rows.append(q)
    return np.array(rows)


def distilled_labels(points, step, public, x, y, rng, width, students, ridge=1e-3, shortness=1e-2):
    count = len(public)
    quadratic, linear = np.zeros((count, count)), np.zeros(count)
    for _ in range(students):
        layer = Layer(points, step, width, rng)
        gram, cross = moments(layer, x, y)
        phi = layer(public)
        response = np.linalg.solve(phi.T @ phi / count + ridge * np.eye(width), phi.T / count)
        quadratic += response.T @ gram @ response / students
        linear += response.T @ cross / students
    return np.linalg.solve(quadratic + shortness * np.trace(quadratic) / count * np.eye(count), linear)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in [("inputs", 100), ("examples", 40000), ("directions", 2), ("width", 400), ("labels", 400),
                        ("students", 10), ("refinement", 15), ("refinement-width", 300), ("steps", 3), ("seed", 1)]:
        parser.add_argument(f"--{name}", type=int, default=value)
    o = parser.parse_args()
    d, n, r = o.inputs, o.examples, o.directions
    rng = np.random.default_rng(o.seed)
    b = np.linalg.qr(rng.standard_normal((d, r)))[0].T
    x = rng.standard_normal((n, d))
    y = link(x @ b.T) + 0.1 * rng.choice([-1.0, 1.0], n)
    test = rng.standard_normal((10000, d))
    truth = link(test @ b.T)

    begin = time.perf_counter()
    ones = np.hstack([np.ones((n, 1)), x])
    fit = np.linalg.solve(ones.T @ ones, ones.T @ y)
    offset, slope = fit[0], fit[1:]
    centred = y - offset - x @ slope
    points = rng.standard_normal((2 * r * r, d))
    for _ in range(o.steps):
        moved = closed_form(points, x, centred)
        points = moved * (d**0.5 / row_length(moved))
    found = time.perf_counter()
    points = refined(points, calibrated(points, rng), x, centred, rng, o.refinement, o.refinement_width)
    step = calibrated(points, rng)
    better = time.perf_counter()
    directions = basis(points)
    public = 1.3 * rng.standard_normal((o.labels, len(directions))) @ directions
    labels = distilled_labels(points, step, public, x, centred, rng, o.width, o.students)
    end = time.perf_counter()

    errors = []
    for _ in range(3):
        layer = Layer(points, step, o.width, rng)
        phi = layer(public)
        second = np.linalg.solve(phi.T @ phi / len(phi) + 1e-3 * np.eye(o.width), phi.T @ labels / len(phi))
        prediction = offset + test @ slope + layer(test) @ second
        errors.append(float(np.mean((prediction - truth) ** 2) / truth.var()))
    stages = {"points": found - begin, "refinement": better - found, "labels": end - better, "distill": end - begin}
    print(json.dumps({"seconds": stages, "errors": errors}))


if __name__ == "__main__":
    main()
