// Householder reduction of a square matrix to upper bidiagonal form, in panels (LAPACK's labrd).
#pragma once
#include "qr.h"
#include "vector-products.h"

// Reduces a row-major order × order matrix in place to d (diagonal) and e (superdiagonal). Left reflections stay
// below the diagonal, right ones in the rows right of the superdiagonal.
template <class T> class BidiagonalReduction {
public:
  Reflections<T> left, right;

  BidiagonalReduction(Team &team, Arena &arena, int order, T *a, double *d, double *e)
      : left{{a, order, 1}, nullptr, order, order},
        right{{a + 1, 1, order}, nullptr, greatest(0, order - 1), greatest(0, order - 2)},
        team(team), order(order), a(a), d(d), e(e) {
    left.t = arena.take<T>(Reflections<T>::panels(left.count) * panelCols * panelCols);
    right.t = arena.take<T>(Reflections<T>::panels(right.count) * panelCols * panelCols);
    run(arena);
  }

private:
  static constexpr int pair = 2 * panelCols;
  Team &team;
  const int order;
  T *const a;
  double *const d, *const e;
  // Row r of `byRow` holds v and x of the panel, row c of `byColumn` y and u, so that a − v·yᵀ − x·uᵀ is one product.
  T *byRow, *byColumn, *line, *own, *contributions, *tauLeft, *tauRight, *slots[4];

  void run(Arena arena) {
    byRow = arena.take<T>(order * pair);
    byColumn = arena.take<T>(order * pair);
    line = arena.take<T>(2 * order);
    own = arena.take<T>(team.count * order) + team.id * order;
    contributions = arena.take<T>(team.count * order);
    tauLeft = arena.take<T>(panelCols);
    tauRight = arena.take<T>(panelCols);
    for (T *&slot : slots) slot = arena.take<T>(team.count * pair);
    for (int start = 0; start < order; start += panelCols) {
      const int width = least(panelCols, order - start), next = start + width;
      reducePanel(start, width);
      keepReflections(arena, left, start, tauLeft);
      keepReflections(arena, right, start, tauRight);
      if (next < order) {
        gemm<T>(team, arena, order - next, order - next, pair, T(-1), {byRow + next * pair, pair, 1},
                {byColumn + next * pair, 1, pair}, T(1), {a + next * order + next, order, 1});
      }
    }
  }

  void keepReflections(Arena arena, Reflections<T> &kept, int start, const T *tau) {
    const int width = least(panelCols, kept.count - start);
    if (width <= 0) return;
    T *v = arena.take<T>(order * panelCols);
    kept.unpack(team, start / panelCols, v);
    formT(team, arena, kept.rows - start, width, v, tau, kept.t + start * panelCols);
  }

  T total(const T *slot, int index) const {
    T result = 0;
    for (int t = 0; t < team.count; t++) result += slot[t * pair + index];
    return result;
  }

  // The reflection of a whole column or row whose tail's squares are in a slot; v goes to `own`.
  Reflection<T> reflect(const T *values, int start, const T *slot, double &beta) {
    T scale = 1, squares = total(slot, 0);
    if (outOfRange(values[start] * values[start] + squares)) {
      squares = safeSquares(values + start, order - start, scale);
    }
    const Reflection<T> reflection(scale * values[start], squares);
    own[start] = 1;
    for (int r = start + 1; r < order; r++) own[r] = scale * values[r] / reflection.divisor;
    beta = double(reflection.beta) / scale;
    return reflection;
  }

  // Puts `vector`ᵀ·(two panels) over this thread's rows into its slot.
  void project(Range rows, const T *panels, T *slot) {
    T *projections = slot + team.id * pair;
    for (int c = 0; c < pair; c++) projections[c] = 0;
    for (int r = rows.start; r < rows.end; r++) {
      for (int c = 0; c < pair; c++) projections[c] += own[r] * panels[r * pair + c];
    }
  }

  __attribute__((noinline)) void reducePanel(int start, int width) {
    const Range share = team.share(order - start, 4);
    const Range mine{start + share.start, start + share.end};
    for (int i = mine.start * pair; i < mine.end * pair; i++) byRow[i] = byColumn[i] = 0;
    team.barrier();
    for (int k = 0; k < width; k++) reduceStep(start, k, mine);
    team.barrier();
  }

  void reduceStep(int start, int k, Range mine) {
    const int i = start + k;
    T *column = line, *row = line + order;
    T factors[pair];
    double beta;
    const Range rows{greatest(mine.start, i), mine.end}, rest{greatest(mine.start, i + 1), mine.end};

    for (int r = rows.start; r < rows.end; r++) {
      column[r] = a[r * order + i] - dot(byRow + r * pair, byColumn + i * pair, pair);
    }
    slots[0][team.id * pair] = sumOfSquares(column + rest.start, rest.end - rest.start);
    team.barrier();
    const Reflection<T> fromLeft = reflect(column, i, slots[0], beta);
    if (team.leads()) {
      d[i] = beta;
      tauLeft[k] = fromLeft.tau;
    }
    for (int r = rows.start; r < rows.end; r++) {
      byRow[r * pair + k] = own[r];
      if (r > i) a[r * order + i] = own[r];
    }
    // y ← tau·(aᵀ − y·vᵀ − u·xᵀ)·v
    T *contribution = contributions + team.id * order;
    for (int c = i + 1; c < order; c++) contribution[c] = 0;
    int r = rows.start;
    for (; r + 4 <= rows.end; r += 4) {
      addQuad(a + r * order + i + 1, order, order - i - 1, own + r, contribution + i + 1);
    }
    for (; r < rows.end; r++) {
      for (int c = i + 1; c < order; c++) contribution[c] += own[r] * a[r * order + c];
    }
    project(rows, byRow, slots[1]);
    team.barrier();

    for (int c = 0; c < pair; c++) factors[c] = c == k ? T(0) : total(slots[1], c);
    for (int c = rest.start; c < rest.end; c++) {
      T value = 0;
      for (int t = 0; t < team.count; t++) value += contributions[t * order + c];
      byColumn[c * pair + k] = fromLeft.tau * (value - dot(byColumn + c * pair, factors, pair));
      row[c] = a[i * order + c] - dot(byRow + i * pair, byColumn + c * pair, pair);
    }
    const int tail = greatest(mine.start, i + 2);
    slots[2][team.id * pair] = sumOfSquares(row + tail, mine.end - tail);
    team.barrier();
    if (i + 1 >= order) return;

    const Reflection<T> fromRight = reflect(row, i + 1, slots[2], beta);
    if (team.leads()) {
      e[i] = beta;
      tauRight[k] = fromRight.tau;
    }
    for (int c = rest.start; c < rest.end; c++) {
      byColumn[c * pair + panelCols + k] = own[c];
      if (c > i + 1) a[i * order + c] = own[c];
    }
    // x ← tau·(a − v·yᵀ − x·uᵀ)·u
    T *x = contributions + team.id * order;
    for (r = rest.start; r + 4 <= rest.end; r += 4) {
      multiplyQuad(a + r * order + i + 1, order, order - i - 1, own + i + 1, x + r);
    }
    for (; r < rest.end; r++) x[r] = dot(a + r * order + i + 1, own + i + 1, order - i - 1);
    project(rest, byColumn, slots[3]);
    team.barrier();
    for (int c = 0; c < pair; c++) factors[c] = c == panelCols + k ? T(0) : total(slots[3], c);
    for (r = rest.start; r < rest.end; r++) {
      byRow[r * pair + panelCols + k] = fromRight.tau * (x[r] - dot(byRow + r * pair, factors, pair));
    }
  }
};
