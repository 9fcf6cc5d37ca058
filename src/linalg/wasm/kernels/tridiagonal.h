// Householder reduction of a symmetric matrix to tridiagonal form, in panels (LAPACK's latrd).
#pragma once
#include "qr.h"
#include "vector-products.h"

// Reduces the lower triangle of a row-major matrix in place to d (diagonal) and e (below it). The reflections stay
// below the subdiagonal. Within a panel the matrix is a − v·wᵀ − w·vᵀ, brought up to date column by column.
template <class T> class TridiagonalReduction {
public:
  Reflections<T> reflections;

  TridiagonalReduction(Team &team, Arena &arena, int order, T *a, double *d, double *e)
      : reflections{{a + order, order, 1}, nullptr, order - 1, greatest(0, order - 2)}, team(team), order(order), a(a),
        d(d), e(e) {
    reflections.t = arena.take<T>(Reflections<T>::panels(reflections.count) * panelCols * panelCols);
    run(arena);
  }

private:
  static constexpr int pair = 2 * panelCols, span = 3 * panelCols;
  Team &team;
  const int order;
  T *const a;
  double *const d, *const e;
  // A row of `panels` holds v, w and v again, so that v·wᵀ + w·vᵀ is one product of its two overlapping pairs.
  T *panels, *column, *correction, *tau, *own, *contributions, *slots[3];

  void run(Arena arena) {
    panels = arena.take<T>(order * span);
    column = arena.take<T>(order);
    correction = arena.take<T>(order);
    tau = arena.take<T>(panelCols);
    own = arena.take<T>(team.count * order) + team.id * order;
    contributions = arena.take<T>(team.count * order);
    for (T *&slot : slots) slot = arena.take<T>(team.count * pair);
    T *v = arena.take<T>(order * panelCols);
    for (int start = 0; start < order; start += panelCols) {
      const int next = start + panelCols;
      reducePanel(start, least(panelCols, order - start));
      const int width = least(panelCols, reflections.count - start);
      if (width > 0) {
        reflections.unpack(team, start / panelCols, v);
        formT(team, arena, reflections.rows - start, width, v, tau, reflections.t + start * panelCols);
      }
      if (next < order) {
        const View<const T> left{panels + next * span, span, 1};
        gemm<T>(team, arena, order - next, order - next, pair, T(-1), left, left.from(0, panelCols).transposed(), T(1),
                {a + next * order + next, order, 1}, Region::lower);
      }
    }
  }

  // Sums what the threads have put into a slot, in the same order on each.
  T total(const T *slot, int index) const {
    T result = 0;
    for (int t = 0; t < team.count; t++) result += slot[t * pair + index];
    return result;
  }

  // Rows of 0 … size−1 that hold this thread's share of a lower triangle's area.
  Range triangleShare(int size) const {
    auto bound = [&](int t) { return t == team.count ? size : int(size * root(double(t) / team.count)) & ~3; };
    return {bound(team.id), bound(team.id + 1)};
  }

  __attribute__((noinline)) void reducePanel(int start, int width) {
    const Range share = team.share(order - start, 4);
    const Range mine{start + share.start, start + share.end};
    for (int i = mine.start * span; i < mine.end * span; i++) panels[i] = 0;
    team.barrier();
    // The last element of w that the next step needs; its owner may still be storing it.
    T fresh = 0;
    for (int k = 0; k < width; k++) {
      updateColumn(start + k, k, mine, fresh);
      if (team.leads()) {
        d[start + k] = column[start + k];
        if (start + k + 1 < order) e[start + k] = column[start + k + 1];
        tau[k] = 0;
      }
      if (start + k + 2 < order) {
        fresh = eliminate(start + k, k, mine);
      } else {
        team.barrier();
      }
    }
    team.barrier();
  }

  // Column i of the up-to-date matrix, and the squares of what is to be eliminated.
  void updateColumn(int i, int k, Range mine, T fresh) {
    T factors[pair];
    for (int c = 0; c < panelCols; c++) {
      factors[c] = c == k - 1 ? fresh : panels[i * span + panelCols + c];
      factors[panelCols + c] = panels[i * span + c];
    }
    for (int r = greatest(mine.start, i); r < mine.end; r++) {
      column[r] = a[r * order + i] - dot(panels + r * span, factors, pair);
    }
    const int tail = greatest(mine.start, i + 2);
    slots[0][team.id * pair] = sumOfSquares(column + tail, mine.end - tail);
    team.barrier();
  }

  // Column k of v and w; the first element of w below the diagonal of the next column.
  T eliminate(int i, int k, Range mine) {
    const int top = i + 1;
    T scale = 1, squares = total(slots[0], 0);
    if (outOfRange(column[top] * column[top] + squares)) {
      squares = safeSquares(column + top, order - top, scale);
    }
    const Reflection<T> reflection(scale * column[top], squares);
    own[top] = 1;
    for (int r = top + 1; r < order; r++) own[r] = scale * column[r] / reflection.divisor;
    const Range rows{greatest(mine.start, top), mine.end};
    for (int r = rows.start; r < rows.end; r++) {
      panels[r * span + k] = panels[r * span + pair + k] = own[r];
      if (r > top) a[r * order + i] = own[r];
    }
    // The threads' parts of a·v and of (v w)ᵀ·v.
    T *contribution = contributions + team.id * order;
    for (int r = top; r < order; r++) contribution[r] = 0;
    multiplySymmetricRows(a + top * order + top, order, triangleShare(order - top), own + top, contribution + top);
    T *projections = slots[1] + team.id * pair;
    for (int c = 0; c < pair; c++) projections[c] = 0;
    for (int r = rows.start; r < rows.end; r++) {
      for (int c = 0; c < pair; c++) projections[c] += own[r] * panels[r * span + c];
    }
    team.barrier();
    if (team.leads()) {
      e[i] = double(reflection.beta) / scale;
      tau[k] = reflection.tau;
    }
    // v·(wᵀv) + w·(vᵀv) of the earlier columns: the projections change places.
    T factors[pair];
    for (int c = 0; c < panelCols; c++) {
      factors[c] = c < k ? total(slots[1], panelCols + c) : T(0);
      factors[panelCols + c] = c < k ? total(slots[1], c) : T(0);
    }
    T product = 0;
    for (int r = rows.start; r < rows.end; r++) {
      T value = 0;
      for (int t = 0; t < team.count; t++) value += contributions[t * order + r];
      correction[r] = reflection.tau * (value - dot(panels + r * span, factors, pair));
      product += correction[r] * own[r];
    }
    slots[2][team.id * pair] = product;
    team.barrier();
    const T shift = -reflection.tau * total(slots[2], 0) / 2;
    for (int r = rows.start; r < rows.end; r++) panels[r * span + panelCols + k] = correction[r] + shift * own[r];
    return correction[top] + shift;
  }
};
