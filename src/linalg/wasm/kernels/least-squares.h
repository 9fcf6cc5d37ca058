// Minimum-norm least squares: QR, then QR with column pivoting of its triangle (Businger and Golub 1965, with the
// norm updates of Drmač and Bujanović 2008), then QR of the transpose where the rank is short.
#pragma once
#include "qr.h"
#include "scale.h"

// Column-pivoted QR of the first `cols` columns of a, row-major with `stride` columns of which those behind `cols`
// are right-hand sides. Stops when the largest remaining column is not above tolerance × the first.
template <class T> class PivotedQr {
public:
  PivotedQr(Team &team, Arena &arena, int rows, int cols, int stride, T *a)
      : team(team), rows(rows), cols(cols), stride(stride), a(a), mine(team.share(rows)) {
    factors = own(arena, stride);
    products = own(arena, stride);
    piece = own(arena, stride);
    order = arena.take<int>(team.count * cols) + team.id * cols;
    norms = arena.take<double>(team.count * cols) + team.id * cols;
    measured = arena.take<double>(team.count * cols) + team.id * cols;
    partial = arena.take<T>(2 * team.count * stride);
    squares = arena.take<double>(team.count * cols);
  }

  // Original index of every column, in pivoted order; every thread has its copy.
  int *order;

  // Writes the rows of r, right-hand sides turned with them; the rank.
  int run(double tolerance, T *r) {
    for (int c = 0; c < cols; c++) order[c] = c;
    measureNorms(0);
    double first = 0;
    const int steps = least(rows, cols);
    int done = -1;
    for (int j = 0; j < steps; j++) {
      int pivot = j;
      for (int c = j + 1; c < cols; c++) {
        if (norms[c] > norms[pivot]) pivot = c;
      }
      exchange(order[j], order[pivot]);
      exchange(norms[j], norms[pivot]);
      exchange(measured[j], measured[pivot]);
      sweep(done, j, pivot);
      collect();
      if (team.leads() && pivot != j) {
        for (int i = 0; i < j; i++) exchange(r[i * stride + j], r[i * stride + pivot]);
      }
      const T *top = a + j * stride;
      const Reflection<T> reflection(top[j], products[j]);
      const double size = absolute(double(reflection.beta));
      if (j == 0) first = size;
      if (!(size > tolerance * first) || top[j] * top[j] + products[j] < Format<T>::smallSquare) return j;
      divisor = reflection.divisor;
      bool again = false;
      for (int c = j + 1; c < stride; c++) {
        factors[c] = reflection.tau * (top[c] + products[c] / divisor);
        const T value = top[c] - factors[c];
        if (team.leads()) r[j * stride + c] = value;
        if (c < cols) again |= !updateNorm(c, value);
      }
      if (team.leads()) r[j * stride + j] = reflection.beta;
      for (int c = 0; c <= j; c++) factors[c] = 0;
      done = j;
      if (again) {
        sweep(j, rows, j);
        team.barrier();
        measureNorms(j + 1);
        done = -1;
      }
    }
    return steps;
  }

private:
  Team &team;
  const int rows, cols, stride;
  T *const a;
  const Range mine;
  T *factors, *products, *piece, *partial;
  double *norms, *measured, *squares;
  T divisor = 1;
  int parity = 0;

  T *own(Arena &arena, int size) { return arena.take<T>(team.count * size) + team.id * size; }

  // Takes the eliminated row off a column's norm; false where cancellation has eaten the digits.
  bool updateNorm(int c, double value) {
    if (norms[c] == 0) return true;
    const double ratio = absolute(value) / norms[c];
    const double left = greatest(0.0, (1 + ratio) * (1 - ratio));
    const double share = norms[c] / measured[c];
    if (left * share * share <= root(double(Format<T>::epsilon))) return false;
    norms[c] *= root(left);
    return true;
  }

  void measureNorms(int top) {
    double *slot = squares + team.id * cols;
    for (int c = 0; c < cols; c++) slot[c] = 0;
    for (int i = greatest(mine.start, top); i < mine.end; i++) {
      for (int c = top; c < cols; c++) slot[c] += double(a[i * stride + c]) * a[i * stride + c];
    }
    team.barrier();
    for (int c = top; c < cols; c++) {
      double total = 0;
      for (int t = 0; t < team.count; t++) total += squares[t * cols + c];
      norms[c] = measured[c] = root(total);
    }
    team.barrier();
  }

  // In one pass over this thread's rows: applies reflection `done` (if any), exchanges columns `next` and `pivot`,
  // and multiplies column `next` with all from there on.
  void sweep(int done, int next, int pivot) {
    for (int c = 0; c < stride; c++) products[c] = 0;
    for (int i = greatest(mine.start, done >= 0 ? done + 1 : next); i < mine.end; i += sumPiece) {
      for (int c = 0; c < stride; c++) piece[c] = 0;
      sweepRows({i, least(mine.end, i + sumPiece)}, done, next, pivot);
      for (int c = 0; c < stride; c++) products[c] += piece[c];
    }
  }

  __attribute__((noinline)) void sweepRows(Range part, int done, int next, int pivot) {
    constexpr int width = Vec<T>::width;
    const int first = (done >= 0 ? done : next) / width * width;
    for (int i = part.start; i < part.end; i++) {
      T *row = a + i * stride;
      if (done >= 0) {
        const Vec<T> negated = splat(-row[done] / divisor);
        for (int c = first; c < stride; c += width) store(row + c, madd(negated, load(factors + c), load(row + c)));
      }
      if (next >= rows) continue;
      exchange(row[next], row[pivot]);
      if (i <= next) continue;
      const Vec<T> value = loadSplat(row + next);
      for (int c = first; c < stride; c += width) store(piece + c, madd(value, load(row + c), load(piece + c)));
    }
  }

  void collect() {
    T *slots = partial + parity * team.count * stride;
    parity ^= 1;
    for (int c = 0; c < stride; c++) slots[team.id * stride + c] = products[c];
    team.barrier();
    for (int c = 0; c < stride; c++) {
      T total = 0;
      for (int t = 0; t < team.count; t++) total += slots[t * stride + c];
      products[c] = total;
    }
  }
};

// x (cols × sides) of minimum norm among the minimisers of ‖a·x − b‖; a and b are overwritten. The rank, or −1 where
// a is not finite. tolerance < 0 stands for max(rows, cols)·ε.
template <class T>
int leastSquares(Team &team, Arena arena, int rows, int cols, int sides, double tolerance, T *a, T *b, T *x) {
  constexpr int width = Vec<T>::width;
  const T largest = largestElement(team, arena, a, rows, cols, cols);
  if (!finite(largest)) return -1;
  Range lines = team.share(cols);
  for (int i = lines.start * sides; i < lines.end * sides; i++) x[i] = 0;
  team.barrier();
  if (largest == 0) return 0;
  const T scale = scaleFor(largest);
  if (tolerance < 0) tolerance = double(greatest(rows, cols)) * Format<T>::epsilon;

  const int size = least(rows, cols);
  const int stride = (cols + sides + width - 1) / width * width;
  T *all = arena.take<T>(rows * stride);
  Range part = team.share(rows);
  for (int i = part.start; i < part.end; i++) {
    for (int j = 0; j < cols; j++) all[i * stride + j] = scale * a[i * cols + j];
    for (int j = 0; j < sides; j++) all[i * stride + cols + j] = b[i * sides + j];
    for (int j = cols + sides; j < stride; j++) all[i * stride + j] = 0;
  }
  team.barrier();
  if (rows > cols) {
    factorQr<T>(team, arena, rows, stride, cols, rowMajor(all, stride));
    Range top = team.share(cols);
    for (int i = top.start; i < top.end; i++) {
      for (int j = 0; j < i; j++) all[i * stride + j] = 0;
    }
    team.barrier();
  }
  T *r = arena.take<T>(size * stride);
  PivotedQr<T> pivoted(team, arena, size, cols, stride, all);
  const int rank = pivoted.run(tolerance, r);
  team.barrier();
  if (rank == 0 || sides == 0) return rank;

  // y in the pivoted order of columns; its first `rank` rows are the turned right-hand sides.
  T *y = arena.take<T>(cols * sides);
  for (int i = lines.start; i < lines.end; i++) {
    for (int j = 0; j < sides; j++) y[i * sides + j] = i < rank ? r[i * stride + cols + j] : T(0);
  }
  team.barrier();
  View<T> sidesView = rowMajor(y, sides);
  if (rank == cols) {
    solveTriangle<T>(team, arena, rank, sides, rowMajor((const T *)r, stride), false, false, sidesView);
  } else {
    // r = (z·s)ᵀ with orthonormal z: the solution is z·s⁻ᵀ·y.
    View<T> transposed = rowMajor(arena.take<T>(cols * rank), rank);
    for (int i = lines.start; i < lines.end; i++) {
      for (int j = 0; j < rank; j++) transposed(i, j) = i >= j ? r[j * stride + i] : T(0);
    }
    team.barrier();
    Reflections<T> z = factorQr<T>(team, arena, cols, rank, rank, transposed);
    solveTriangle<T>(team, arena, rank, sides, View<const T>(transposed).transposed(), true, false, sidesView);
    applyAll<T>(team, arena, z, sides, sidesView);
  }
  for (int i = lines.start; i < lines.end; i++) {
    for (int j = 0; j < sides; j++) x[pivoted.order[i] * sides + j] = scale * y[i * sides + j];
  }
  team.barrier();
  return rank;
}
