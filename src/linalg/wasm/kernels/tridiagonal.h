// Householder reduction of a symmetric matrix to tridiagonal form, in panels (LAPACK's latrd).
#pragma once
#include "qr.h"
#include "scale.h"
#include "vector-products.h"

// Reduces the lower triangle of a row-major matrix in place: d and e of the tridiagonal matrix; the reflections stay
// below the subdiagonal and are returned.
template <class T> class TridiagonalReduction {
public:
  TridiagonalReduction(Team &team, Arena &arena, int order, T *a, double *d, double *e)
      : team(team), order(order), a(a), d(d), e(e), arena(arena) {}

  Reflections<T> run() {
    const int count = greatest(0, order - 2);
    Reflections<T> result{{a + order, order, 1}, nullptr, order - 1, count};
    result.t = arena.template take<T>(Reflections<T>::panels(count) * panelCols * panelCols);
    Arena scratch = arena;
    // A row holds v, w and v again, so that v·wᵀ + w·vᵀ is one product.
    pairs = scratch.take<T>(order * 3 * panelCols);
    column = scratch.take<T>(order);
    correction = scratch.take<T>(order);
    tau = scratch.take<T>(panelCols);
    own = scratch.take<T>(team.count * order) + team.id * order;
    contributions = scratch.take<T>(team.count * order);
    for (int i = 0; i < 3; i++) slots[i] = scratch.take<T>(team.count * 2 * panelCols);
    for (int start = 0; start < order; start += panelCols) {
      const int width = least(panelCols, order - start);
      reducePanel(start, width);
      const int next = start + width, reflections = least(width, count - start);
      if (reflections > 0) {
        T *v = scratch.take<T>(0);
        Arena inner = scratch;
        v = inner.take<T>(order * panelCols);
        result.unpack(team, start / panelCols, v);
        formT(team, inner, order - 1 - start, reflections, v, tau, result.t + start * panelCols);
      }
      if (next < order) {
        const View<const T> left{pairs + next * 3 * panelCols, 3 * panelCols, 1};
        gemm<T>(team, scratch, order - next, order - next, 2 * panelCols, T(-1), left,
                left.from(0, panelCols).transposed(), T(1), {a + next * order + next, order, 1}, Region::lower);
      }
    }
    return result;
  }

private:
  Team &team;
  const int order;
  T *const a;
  double *const d, *const e;
  Arena &arena;
  T *pairs, *column, *correction, *tau, *own, *contributions, *slots[3];

  // Sums what the threads have put into a slot, in the same order on each.
  T total(const T *slot, int index) const {
    T result = 0;
    for (int t = 0; t < team.count; t++) result += slot[t * 2 * panelCols + index];
    return result;
  }

  // Rows of 0 … size−1 that hold this thread's share of a lower triangle's area.
  Range triangleShare(int size) const {
    auto bound = [&](int t) { return t == team.count ? size : int(size * root(double(t) / team.count)) & ~3; };
    return {bound(team.id), bound(team.id + 1)};
  }

  __attribute__((noinline)) void reducePanel(int start, int width) {
    constexpr int span = 3 * panelCols;
    Range share = team.share(order - start, 4);
    const Range mine{start + share.start, start + share.end};
    for (int i = mine.start; i < mine.end; i++) {
      for (int c = 0; c < span; c++) pairs[i * span + c] = 0;
    }
    // Entry (start + k, k) of w, which its owner may not have written yet.
    T head[2 * panelCols];
    team.barrier();
    for (int k = 0; k < width; k++) {
      const int i = start + k;
      // Column i, brought up to date.
      for (int c = 0; c < 2 * panelCols; c++) head[c] = pairs[i * span + (c < panelCols ? panelCols + c : c - panelCols)];
      for (int r = greatest(mine.start, i); r < mine.end; r++) {
        column[r] = a[r * order + i] - dot(pairs + r * span, head, 2 * panelCols);
      }
      const int tail = greatest(mine.start, i + 2);
      slots[0][team.id * 2 * panelCols] = sumOfSquares(column + tail, mine.end - tail);
      team.barrier();
      if (team.leads()) {
        d[i] = column[i];
        if (i + 1 < order) e[i] = column[i + 1];
        tau[k] = 0;
      }
      // Two more barriers follow in every step, or none in any thread.
      if (i + 2 >= order) {
        team.barrier();
        continue;
      }
      eliminate(start, k, mine);
    }
    team.barrier();
  }

  void eliminate(int start, int k, Range mine) {
    constexpr int span = 3 * panelCols;
    const int i = start + k, top = i + 1;
    T scale = 1, squares = total(slots[0], 0);
    if (outOfRange(column[top] * column[top] + squares)) {
      squares = safeSquares(column + top, order - top, scale);
    }
    const Reflection<T> reflection(scale * column[top], squares);
    own[top] = 1;
    for (int r = top + 1; r < order; r++) own[r] = scale * column[r] / reflection.divisor;
    const Range rows{greatest(mine.start, top), mine.end};
    for (int r = rows.start; r < rows.end; r++) {
      pairs[r * span + k] = pairs[r * span + 2 * panelCols + k] = own[r];
      if (r > top) a[r * order + i] = own[r];
    }
    // w = a·v in parts, and vᵀ·(v w) of the panel's earlier columns.
    T *contribution = contributions + team.id * order;
    for (int r = top; r < order; r++) contribution[r] = 0;
    multiplySymmetricRows(a + top * order + top, order, triangleShare(order - top), own + top, contribution + top);
    T *projections = slots[1] + team.id * 2 * panelCols;
    for (int c = 0; c < 2 * panelCols; c++) projections[c] = 0;
    for (int r = rows.start; r < rows.end; r++) {
      for (int c = 0; c < 2 * panelCols; c++) projections[c] += own[r] * pairs[r * span + c];
    }
    team.barrier();
    if (team.leads()) {
      e[i] = double(reflection.beta) / scale;
      tau[k] = reflection.tau;
    }
    // v·(wᵀv) + w·(vᵀv'): the projections on w go with v and the other way round.
    T turned[2 * panelCols];
    for (int c = 0; c < panelCols; c++) {
      turned[c] = c < k ? total(slots[1], panelCols + c) : T(0);
      turned[panelCols + c] = c < k ? total(slots[1], c) : T(0);
    }
    T product = 0;
    for (int r = rows.start; r < rows.end; r++) {
      T value = 0;
      for (int t = 0; t < team.count; t++) value += contributions[t * order + r];
      value = reflection.tau * (value - dot(pairs + r * span, turned, 2 * panelCols));
      correction[r] = value;
      product += value * own[r];
    }
    slots[2][team.id * 2 * panelCols] = product;
    team.barrier();
    const T shift = -reflection.tau * total(slots[2], 0) / 2;
    for (int r = rows.start; r < rows.end; r++) {
      pairs[r * span + panelCols + k] = correction[r] + shift * own[r];
    }
    // The next step reads row i + 1 of its owner.
    team.barrier();
  }
};
