// Products of vectors and of a few rows with a vector, where memory sets the pace.
#pragma once
#include "memory.h"
#include "team.h"

template <class T> inline T dot(const T *a, const T *b, int size) {
  constexpr int width = Vec<T>::width;
  Vec<T> even = splat(T(0)), odd = splat(T(0));
  int i = 0;
  for (; i + 2 * width <= size; i += 2 * width) {
    even = madd(load(a + i), load(b + i), even);
    odd = madd(load(a + i + width), load(b + i + width), odd);
  }
  T total = sum(even + odd);
  for (; i < size; i++) total += a[i] * b[i];
  return total;
}

// Long sums are taken in pieces, so that their rounding errors grow with the piece and the number of pieces only.
constexpr int sumPiece = 64;

template <class T> __attribute__((noinline)) T sumOfSquares(const T *a, int size) {
  T total = 0;
  for (int i = 0; i < size; i += sumPiece) total += dot(a + i, a + i, least(sumPiece, size - i));
  return total;
}

// products[p] ← row p of a · x for four rows.
template <class T>
__attribute__((noinline)) void multiplyQuad(const T *a, int stride, int cols, const T *x, T *products) {
  constexpr int width = Vec<T>::width;
  const T *rows[4] = {a, a + stride, a + 2 * stride, a + 3 * stride};
  Vec<T> sums[4][2];
  for (int p = 0; p < 4; p++) sums[p][0] = sums[p][1] = splat(T(0));
  int c = 0;
  for (; c + 2 * width <= cols; c += 2 * width) {
    const Vec<T> x0 = load(x + c), x1 = load(x + c + width);
#pragma unroll
    for (int p = 0; p < 4; p++) {
      sums[p][0] = madd(load(rows[p] + c), x0, sums[p][0]);
      sums[p][1] = madd(load(rows[p] + c + width), x1, sums[p][1]);
    }
  }
  for (int p = 0; p < 4; p++) products[p] = sum(sums[p][0] + sums[p][1]);
  for (; c < cols; c++) {
    for (int p = 0; p < 4; p++) products[p] += rows[p][c] * x[c];
  }
}

// y ← y + Σ factors[p]·row p of a for four rows.
template <class T>
__attribute__((noinline)) void addQuad(const T *a, int stride, int cols, const T *factors, T *y) {
  constexpr int width = Vec<T>::width;
  const T *rows[4] = {a, a + stride, a + 2 * stride, a + 3 * stride};
  Vec<T> values[4];
  for (int p = 0; p < 4; p++) values[p] = splat(factors[p]);
  int c = 0;
  for (; c + width <= cols; c += width) {
    Vec<T> total = load(y + c);
#pragma unroll
    for (int p = 0; p < 4; p++) total = madd(values[p], load(rows[p] + c), total);
    store(y + c, total);
  }
  for (; c < cols; c++) {
    for (int p = 0; p < 4; p++) y[c] += factors[p] * rows[p][c];
  }
}

// For four rows of a: sums[p] ← row p · x, and y ← y + Σ factors[p]·row p.
template <class T>
__attribute__((noinline)) void multiplySymmetricQuad(const T *a, int stride, int cols, const T *x, T *y, const T *factors,
                                                     T *sums) {
  constexpr int width = Vec<T>::width;
  const Vec<T> f0 = loadSplat(factors), f1 = loadSplat(factors + 1), f2 = loadSplat(factors + 2),
               f3 = loadSplat(factors + 3);
  Vec<T> s0 = splat(T(0)), s1 = s0, s2 = s0, s3 = s0;
  const T *a1 = a + stride, *a2 = a1 + stride, *a3 = a2 + stride;
  int c = 0;
  for (; c + width <= cols; c += width) {
    const Vec<T> xc = load(x + c);
    Vec<T> yc = load(y + c);
    Vec<T> value = load(a + c);
    yc = madd(f0, value, yc);
    s0 = madd(xc, value, s0);
    value = load(a1 + c);
    yc = madd(f1, value, yc);
    s1 = madd(xc, value, s1);
    value = load(a2 + c);
    yc = madd(f2, value, yc);
    s2 = madd(xc, value, s2);
    value = load(a3 + c);
    yc = madd(f3, value, yc);
    s3 = madd(xc, value, s3);
    store(y + c, yc);
  }
  sums[0] = sum(s0);
  sums[1] = sum(s1);
  sums[2] = sum(s2);
  sums[3] = sum(s3);
  for (; c < cols; c++) {
    y[c] += factors[0] * a[c] + factors[1] * a1[c] + factors[2] * a2[c] + factors[3] * a3[c];
    sums[0] += a[c] * x[c];
    sums[1] += a1[c] * x[c];
    sums[2] += a2[c] * x[c];
    sums[3] += a3[c] * x[c];
  }
}

// y ← y + the part of a·x that elements of the given rows of a's lower triangle have, each in both of its places.
template <class T> void multiplySymmetricRows(const T *a, int stride, Range rows, const T *x, T *y) {
  int i = rows.start;
  for (; i + 4 <= rows.end; i += 4) {
    T sums[4];
    multiplySymmetricQuad(a + i * stride, stride, i, x, y, x + i, sums);
    for (int p = 0; p < 4; p++) {
      const T *row = a + (i + p) * stride + i;
      T total = sums[p] + row[p] * x[i + p];
      for (int q = 0; q < p; q++) {
        total += row[q] * x[i + q];
        y[i + q] += row[q] * x[i + p];
      }
      y[i + p] += total;
    }
  }
  for (; i < rows.end; i++) {
    const T *row = a + i * stride;
    T total = row[i] * x[i];
    for (int c = 0; c < i; c++) {
      total += row[c] * x[c];
      y[c] += row[c] * x[i];
    }
    y[i] += total;
  }
}
