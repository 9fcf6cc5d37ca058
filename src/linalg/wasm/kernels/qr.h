// Blocked Householder QR.
#pragma once
#include "reflectors.h"

template <class T> __attribute__((noinline)) void copyRows(Team &team, int rows, int cols, View<const T> from, View<T> to) {
  Range part = team.share(rows);
  for (int i = part.start; i < part.end; i++) {
    for (int j = 0; j < cols; j++) to(i, j) = from(i, j);
  }
  team.barrier();
}

// The factored form of a row-major matrix: r on and above the diagonal, reflections below it, a t block per panel.
template <class T> struct Reflections {
  View<T> factors;
  T *t;
  int rows, count;

  static int panels(int count) { return (count + panelCols - 1) / panelCols; }

  // The unit lower trapezoid of panel p, contiguous with panelCols columns.
  void unpack(Team &team, int p, T *v) const {
    const int start = p * panelCols, cols = least(panelCols, count - start);
    Range part = team.share(rows - start);
    for (int i = part.start; i < part.end; i++) {
      for (int j = 0; j < panelCols; j++) {
        v[i * panelCols + j] = j >= cols || j > i ? T(0) : i == j ? T(1) : factors(start + i, start + j);
      }
    }
    team.barrier();
  }
  View<const T> block(int p) const { return rowMajor((const T *)t + p * panelCols * panelCols, panelCols); }
};

// Factors the first `count` columns of the rows × cols matrix a in place and applies the reflections to the others.
template <class T>
Reflections<T> factorQr(Team &team, Arena &arena, int rows, int cols, int count, View<T> a) {
  Reflections<T> result{a, arena.take<T>(Reflections<T>::panels(count) * panelCols * panelCols), rows, count};
  Arena scratch = arena;
  T *panel = scratch.take<T>(rows * panelCols);
  T *r = scratch.take<T>(panelCols * panelCols);
  T *tau = scratch.take<T>(panelCols);
  for (int start = 0; start < count; start += panelCols) {
    const int width = least(panelCols, count - start), height = rows - start;
    View<T> from = a.from(start, start), to = rowMajor(panel, panelCols);
    copyRows<T>(team, height, width, from, to);
    PanelFactorisation<T>(team, scratch, height, width, panel).run(r, tau);
    Range part = team.share(height);
    for (int i = part.start; i < part.end; i++) {
      for (int j = 0; j < width; j++) from(i, j) = j < i ? to(i, j) : r[i * panelCols + j];
    }
    T *t = result.t + start * panelCols;
    formT(team, scratch, height, width, panel, tau, t);
    applyReflections<T>(team, scratch, height, cols - start - width, panelCols, to,
                        rowMajor((const T *)t, panelCols).transposed(), a.from(start, start + width));
  }
  return result;
}

// The first `count` columns of q, which may share storage with the factors.
template <class T> void formQ(Team &team, Arena arena, const Reflections<T> &reflections, View<T> q) {
  const auto [factors, _, rows, count] = reflections;
  T *v = arena.take<T>(rows * panelCols);
  for (int p = Reflections<T>::panels(count) - 1; p >= 0; p--) {
    const int start = p * panelCols, width = least(panelCols, count - start);
    reflections.unpack(team, p, v);
    for (int i = team.share(rows - start).start; i < team.share(rows - start).end; i++) {
      for (int j = 0; j < width; j++) q(start + i, start + j) = i == j ? T(1) : T(0);
    }
    Range above = team.share(start);
    for (int i = above.start; i < above.end; i++) {
      for (int j = 0; j < width; j++) q(i, start + j) = 0;
    }
    team.barrier();
    applyReflections<T>(team, arena, rows - start, count - start, panelCols, rowMajor((const T *)v, panelCols),
                        reflections.block(p), q.from(start, start));
  }
}

// c ← q·c for all of the reflections; c has their number of rows.
template <class T> void applyAll(Team &team, Arena arena, const Reflections<T> &reflections, int cols, View<T> c) {
  T *v = arena.take<T>(reflections.rows * panelCols);
  for (int p = Reflections<T>::panels(reflections.count) - 1; p >= 0; p--) {
    const int start = p * panelCols;
    reflections.unpack(team, p, v);
    applyReflections<T>(team, arena, reflections.rows - start, cols, panelCols, rowMajor((const T *)v, panelCols),
                        reflections.block(p), c.from(start, 0));
  }
}
