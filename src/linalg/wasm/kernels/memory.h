// Strided views and scratch memory.
#pragma once
#include "simd.h"

// Element (i, j) is at data[i·rowStride + j·colStride]; strides may be negative.
template <class T> struct View {
  T *data;
  int rowStride, colStride;

  T &operator()(int i, int j) const { return data[i * rowStride + j * colStride]; }
  T *row(int i) const { return data + i * rowStride; }
  View from(int i, int j) const { return {&(*this)(i, j), rowStride, colStride}; }
  View transposed() const { return {data, colStride, rowStride}; }
  operator View<const T>() const
    requires(!__is_const(T))
  {
    return {data, rowStride, colStride};
  }
};

template <class T> inline View<T> rowMajor(T *data, int cols) { return {data, cols, 1}; }

// Scratch memory, taken from the front; a copy gives back what is taken from it when it ends. All threads of a team
// take the same pieces, so that they agree on the addresses without a word.
class Arena {
public:
  Arena(char *start, char *end) : next(start), end(end) {}

  template <class T> T *take(int count) {
    uintptr_t start = ((uintptr_t)next + 63) & ~(uintptr_t)63;
    uint64_t stop = (uint64_t)start + (uint64_t)count * sizeof(T);
    if (stop > (uintptr_t)end) __builtin_trap();
    next = (char *)(uintptr_t)stop;
    return (T *)start;
  }

private:
  char *next, *end;
};
