// Blocks of Householder reflections in compact form: h₁·h₂·…·hₖ = I − v·t·vᵀ (Schreiber and Van Loan 1989).
#pragma once
#include "gemm.h"
#include "scale.h"
#include "vector-products.h"

constexpr int panelCols = 32;

// One reflection I − tau·v·vᵀ, v[0] = 1, that takes (alpha, x) to (beta, 0); v = x / (alpha − beta) below its head.
template <class T> struct Reflection {
  T tau, beta, divisor;

  // `squares` is ‖x‖².
  Reflection(T alpha, T squares) {
    if (squares == 0) {
      tau = 0;
      beta = alpha;
      divisor = 1;
      return;
    }
    beta = -withSign(root(alpha * alpha + squares), alpha);
    tau = (beta - alpha) / beta;
    divisor = alpha - beta;
  }
};

// Whether a sum of squares has lost digits to underflow, or has overflowed.
template <class T> inline bool outOfRange(T squares) {
  return !(squares >= Format<T>::smallSquare && squares <= Format<T>::largeSquare);
}

// ‖tail‖² of a column (head, tail) whose squares have left the range, after scaling it to near 1.
template <class T> __attribute__((noinline)) T safeSquares(const T *column, int size, T &scale) {
  T largest = 0, squares = 0;
  for (int i = 0; i < size; i++) largest = greatest(largest, absolute(column[i]));
  if (largest == 0 || !finite(largest)) return 0;
  scale = scaleFor(largest);
  for (int i = 1; i < size; i += sumPiece) {
    T piece = 0;
    for (int j = i; j < least(size, i + sumPiece); j++) piece += (scale * column[j]) * (scale * column[j]);
    squares += piece;
  }
  return squares;
}

// Householder QR of a narrow panel, rows × panelCols and contiguous, of which `cols` columns are real.
template <class T> class PanelFactorisation {
public:
  PanelFactorisation(Team &team, Arena arena, int rows, int cols, T *panel)
      : team(team), rows(rows), cols(cols), panel(panel), mine(team.share(rows)) {
    partial = arena.take<T>(2 * team.count * panelCols);
  }

  // Leaves v in the panel (unit lower trapezoid), the upper triangle in r (panelCols × panelCols) and tau.
  void run(T *r, T *tau) {
    T factors[panelCols] = {}, products[panelCols] = {};
    sweep(-1, 0, factors, 1, products);
    for (int j = 0; j < cols; j++) {
      collect(products);
      T scale = 1;
      T alpha = panel[j * panelCols + j];
      if (outOfRange(alpha * alpha + products[j]) && (scale = rescale(j, products)) != 1) {
        alpha = panel[j * panelCols + j];
      }
      const Reflection<T> reflection(alpha, products[j]);
      const T *top = panel + j * panelCols;
      for (int c = 0; c < panelCols; c++) {
        // wᵀ = vᵀ·a, from the products of column j's tail with the other columns.
        factors[c] = c > j && c < cols ? reflection.tau * (top[c] + products[c] / reflection.divisor) : T(0);
      }
      if (team.leads()) {
        tau[j] = reflection.tau;
        for (int c = 0; c < panelCols; c++) r[j * panelCols + c] = c > j && c < cols ? top[c] - factors[c] : T(0);
        r[j * panelCols + j] = reflection.beta / scale;
      }
      sweep(j, j + 1, factors, reflection.divisor, products);
    }
    team.barrier();
    for (int i = mine.start; i < least(mine.end, cols); i++) {
      for (int c = i; c < panelCols; c++) panel[i * panelCols + c] = c == i ? T(1) : T(0);
    }
    if (cols < panelCols) {
      for (int i = mine.start; i < mine.end; i++) {
        for (int c = cols; c < panelCols; c++) panel[i * panelCols + c] = 0;
      }
    }
    team.barrier();
  }

private:
  Team &team;
  const int rows, cols;
  T *const panel;
  const Range mine;
  T *partial;
  int parity = 0;

  // In one pass over this thread's rows: applies reflection `done` and multiplies column `next` with all others.
  void sweep(int done, int next, const T *factors, T divisor, T *products) {
    for (int c = 0; c < panelCols; c++) products[c] = 0;
    for (int i = greatest(mine.start, done + 1); i < mine.end; i += sumPiece) {
      T piece[panelCols] = {};
      sweepRows({i, least(mine.end, i + sumPiece)}, done, next, factors, divisor, piece);
      for (int c = 0; c < panelCols; c++) products[c] += piece[c];
    }
  }

  __attribute__((noinline)) void sweepRows(Range part, int done, int next, const T *factors, T divisor, T *products) {
    constexpr int width = Vec<T>::width;
    // Lanes left of the active columns have zero factors.
    const int first = greatest(0, done) / width * width;
    for (int i = part.start; i < part.end; i++) {
      T *row = panel + i * panelCols;
      if (done >= 0) {
        const T v = row[done] / divisor;
        const Vec<T> negated = splat(-v);
        for (int c = first; c < panelCols; c += width) {
          store(row + c, madd(negated, load(factors + c), load(row + c)));
        }
        row[done] = v;
      }
      if (next >= cols || i <= next) continue;
      const Vec<T> value = loadSplat(row + next);
      for (int c = first; c < panelCols; c += width) {
        store(products + c, madd(value, load(row + c), load(products + c)));
      }
    }
  }

  // Sums the threads' products, in the same order on each.
  void collect(T *products) {
    T *slots = partial + parity * team.count * panelCols;
    parity ^= 1;
    for (int c = 0; c < panelCols; c++) slots[team.id * panelCols + c] = products[c];
    team.barrier();
    for (int c = 0; c < panelCols; c++) {
      T total = 0;
      for (int t = 0; t < team.count; t++) total += slots[t * panelCols + c];
      products[c] = total;
    }
  }

  // Brings column j into a range where squares are safe, by a power of two, and multiplies again.
  __attribute__((noinline)) T rescale(int j, T *products) {
    T factors[panelCols] = {}, largest[panelCols] = {};
    for (int i = greatest(mine.start, j); i < mine.end; i++) {
      largest[0] = greatest(largest[0], absolute(panel[i * panelCols + j]));
    }
    T *slots = partial + parity * team.count * panelCols;
    parity ^= 1;
    slots[team.id * panelCols] = largest[0];
    team.barrier();
    T size = 0;
    for (int t = 0; t < team.count; t++) size = greatest(size, slots[t * panelCols]);
    if (size == 0 || !finite(size)) return 1;
    const T scale = scaleFor(size);
    for (int i = greatest(mine.start, j); i < mine.end; i++) panel[i * panelCols + j] *= scale;
    sweep(j - 1 < 0 ? -1 : j - 1, j, factors, 1, products);
    collect(products);
    return scale;
  }
};

// t from v and tau; `cols` of the panelCols columns are real. v is rows × panelCols.
template <class T>
void formT(Team &team, Arena arena, int rows, int cols, const T *v, const T *tau, T *t) {
  T *gram = arena.take<T>(panelCols * panelCols);
  View<const T> panel = rowMajor(v, panelCols);
  gemm<T>(team, arena, panelCols, panelCols, rows, T(1), panel.transposed(), panel, T(0), rowMajor(gram, panelCols));
  if (team.leads()) {
    for (int i = 0; i < panelCols * panelCols; i++) t[i] = 0;
    for (int j = 0; j < cols; j++) {
      for (int i = 0; i < j; i++) {
        T total = 0;
        for (int k = i; k < j; k++) total += t[i * panelCols + k] * gram[k * panelCols + j];
        t[i * panelCols + j] = -tau[j] * total;
      }
      t[j * panelCols + j] = tau[j];
    }
  }
  team.barrier();
}

// c ← (I − v·t·vᵀ)·c, or with tᵀ: the product of the reflections, or its transpose. c is rows × cols, v rows × k.
template <class T>
void applyReflections(Team &team, Arena arena, int rows, int cols, int k, View<const T> v, View<const T> t, View<T> c) {
  if (rows == 0 || cols == 0) return;
  View<T> projected = rowMajor(arena.take<T>(k * cols), cols);
  View<T> turned = rowMajor(arena.take<T>(k * cols), cols);
  gemm<T>(team, arena, k, cols, rows, T(1), v.transposed(), c, T(0), projected);
  gemm<T>(team, arena, k, cols, k, T(1), t, projected, T(0), turned);
  gemm<T>(team, arena, rows, cols, k, T(-1), v, turned, T(1), c);
}
