// What the two divide-and-conquer solvers share: the updated problem with its deflated part set aside, and the
// product that carries the subproblems' vectors over (Gu and Eisenstat 1994 and 1995; LAPACK's laed2 and lasd2).
#pragma once
#include "gemm.h"
#include "secular.h"
#include "sorting.h"

// Where a vector of the joined problem has its nonzero components.
enum class Support : uint8_t { first, both, second };

// A subproblem's vectors, one per row, which a thread turns and copies in its own share of columns.
template <class T> struct Basis {
  View<T> rows;
  int cols;

  // Rows a and b ← (c·a + s·b, c·b − s·a).
  void rotate(Range part, int a, int b, double c, double s) const {
    T *x = rows.row(a), *y = rows.row(b);
    for (int i = part.start; i < part.end; i++) {
      const double xi = x[i], yi = y[i];
      x[i] = T(c * xi + s * yi);
      y[i] = T(c * yi - s * xi);
    }
  }
};

// One thread's private copy of the joined problem: poles d, weights z, and what is left after deflation.
struct JoinedProblem {
  int size, kept = 0;
  double *d, *z;
  Support *support;
  // Elements in order of d; `order` lists the kept ones, ascending, then the deflated ones.
  int *sorted, *order;
  // Kept elements as the product wants them: supported in the first half, in both, in the second.
  int *grouped;
  int groups[3] = {0, 0, 0};

  JoinedProblem(Arena &arena, const Team &team, int size) : size(size) {
    d = arena.take<double>(team.count * size) + team.id * size;
    z = arena.take<double>(team.count * size) + team.id * size;
    support = arena.take<Support>(team.count * size) + team.id * size;
    sorted = arena.take<int>(team.count * size) + team.id * size;
    order = arena.take<int>(team.count * size) + team.id * size;
    grouped = arena.take<int>(team.count * size) + team.id * size;
  }

  void sort() {
    for (int i = 0; i < size; i++) sorted[i] = i;
    sortIndices(size, d, sorted);
  }

  // Sets aside every element whose weight is at most `weightTolerance`, and of each pair whose poles the rotation
  // makes equal to within `poleTolerance` one; `rotate(a, b, c, s)` turns their vectors. `first`, if any, is kept.
  template <class F>
  void deflate(double weightTolerance, double poleTolerance, bool squared, int first, F rotate) {
    int previous = -1, set = size;
    kept = 0;
    if (first >= 0) order[kept++] = first;
    for (int k = 0; k < size; k++) {
      const int next = sorted[k];
      if (next == first) continue;
      if (absolute(z[next]) <= weightTolerance) {
        order[--set] = next;
        continue;
      }
      if (previous < 0) {
        previous = next;
        continue;
      }
      const double length = hypotenuse(z[next], z[previous]);
      const double c = z[next] / length, s = -z[previous] / length;
      const double difference = d[next] - d[previous];
      if (absolute(squared ? difference : difference * c * s) <= poleTolerance) {
        z[next] = length;
        z[previous] = 0;
        if (support[previous] != support[next]) support[previous] = support[next] = Support::both;
        rotate(previous, next, c, s);
        if (!squared) {
          const double low = d[previous], high = d[next];
          d[next] = low * s * s + high * c * c;
          d[previous] = low * c * c + high * s * s;
        }
        order[--set] = previous;
      } else {
        order[kept++] = previous;
      }
      previous = next;
    }
    if (previous >= 0) order[kept++] = previous;
    int at = 0;
    for (int kind = 0; kind < 3; kind++) {
      for (int i = 0; i < kept; i++) {
        if (int(support[order[i]]) != kind) continue;
        grouped[at++] = i;
        groups[kind]++;
      }
    }
  }

  // Vectors of the joined problem in place of its parts': rows 0 … kept−1 become turns·(kept rows), where column g of
  // `turns` belongs to element grouped[g]; then come the deflated rows as they are. The rows' first `split` columns
  // are the first half. `copy` has room for all of them.
  template <class T>
  void combine(Team &team, Arena arena, Basis<T> basis, int split, View<const T> turns, T *copy) const {
    const int cols = basis.cols;
    Range part = team.share(size);
    for (int i = part.start; i < part.end; i++) {
      const T *from = basis.rows.row(order[i < kept ? grouped[i] : i]);
      for (int j = 0; j < cols; j++) copy[i * cols + j] = from[j];
    }
    team.barrier();
    Range rest = team.share(size - kept);
    for (int i = kept + rest.start; i < kept + rest.end; i++) {
      for (int j = 0; j < cols; j++) basis.rows(i, j) = copy[i * cols + j];
    }
    View<const T> all = rowMajor((const T *)copy, cols);
    gemm<T>(team, arena, kept, split, groups[0] + groups[1], T(1), turns, all, T(0), basis.rows);
    gemm<T>(team, arena, kept, cols - split, groups[1] + groups[2], T(1), turns.from(0, groups[0]),
            all.from(groups[0], split), T(0), basis.rows.from(0, split));
  }
};

// Weights ∏ⱼ (λⱼ − pᵢ) / ∏ (pⱼ − pᵢ) whose secular equation has exactly the computed roots (Löwner), from the distances of every root (row) to
// every pole (column); they make the vectors orthogonal to working precision. On this thread's share of poles.
inline void exactWeights(const Team &team, const SecularEquation &equation, const double *distances, const double *z,
                         double *weights) {
  const int count = equation.count;
  Range part = team.share(count, 2);
  for (int i = part.start; i < part.end; i++) weights[i] = -distances[i * count + i];
  for (int j = 0; j < count; j++) {
    const double *row = distances + j * count;
    for (int i = part.start; i < part.end; i++) {
      if (i != j) weights[i] *= row[i] / equation.gap(i, j);
    }
  }
  for (int i = part.start; i < part.end; i++) weights[i] = withSign(root(absolute(weights[i])), z[i]);
}
