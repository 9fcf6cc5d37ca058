// Brings a matrix near 1 by a power of two, so that nothing later overflows; the scaling itself is exact.
#pragma once
#include "memory.h"
#include "team.h"

// The largest |element| of a contiguous array; NaN where it holds one.
template <class T> T largestElement(Team &team, Arena arena, const T *data, int rows, int cols, int stride) {
  constexpr int width = Vec<T>::width;
  T *partial = arena.take<T>(team.count);
  Range part = team.share(rows);
  Vec<T> largest = splat(T(0));
  T rest = 0;
  for (int i = part.start; i < part.end; i++) {
    const T *row = data + i * stride;
    int j = 0;
    for (; j + width <= cols; j += width) largest = larger(largest, magnitude(load(row + j)));
    for (; j < cols; j++) rest = rest != rest || rest > absolute(row[j]) ? rest : absolute(row[j]);
  }
  T lanes[width];
  store(lanes, largest);
  for (T lane : lanes) rest = rest != rest || rest > lane ? rest : lane;
  partial[team.id] = rest;
  team.barrier();
  T result = 0;
  for (int t = 0; t < team.count; t++) {
    result = result != result || result > partial[t] ? result : partial[t];
  }
  team.barrier();
  return result;
}

// The power of two that brings elements of this size to between 1 and 2, as far as the format reaches.
template <class T> inline T scaleFor(T largest) {
  return largest == 0 ? T(1) : T(least(1 / powerOfTwo(double(largest)), double(Format<T>::largestScale)));
}

template <class T> void multiplyRows(Team &team, T *data, int rows, int cols, int stride, T factor) {
  Range part = team.share(rows);
  if (factor != 1) {
    for (int i = part.start; i < part.end; i++) {
      for (int j = 0; j < cols; j++) data[i * stride + j] *= factor;
    }
  }
  team.barrier();
}
