// c ← alpha·a·b + beta·c from packed panels (Goto and van de Geijn 2008), shared among the threads of a team.
#pragma once
#include "memory.h"
#include "team.h"

template <class T> struct Blocking {
#ifdef __wasm_relaxed_simd__
  static constexpr int tileRows = 6;
#else
  static constexpr int tileRows = 4;
#endif
  static constexpr int tileCols = 2 * Vec<T>::width;
  static constexpr int depth = 256;
  static constexpr int rows = 96 * 8 / sizeof(T) / 2 / tileRows * tileRows;
  static constexpr int cols = 2048 * 8 / sizeof(T);
};

enum class Region { all, lower };

// One register tile: c ← alpha·Σ a[k]·b[k] + beta·c; the packed panels hold tileRows and tileCols values for every k.
template <class T>
__attribute__((noinline)) void multiplyTile(int depth, const T *a, const T *b, T alpha, T beta, T *c, int stride) {
  constexpr int rows = Blocking<T>::tileRows, width = Vec<T>::width;
  Vec<T> sums[rows][2];
#pragma unroll
  for (int i = 0; i < rows; i++) sums[i][0] = sums[i][1] = splat(T(0));
  // Unrolled, LLVM mixes the steps until the sums no longer fit the registers.
#pragma unroll 1
  for (int k = 0; k < depth; k++) {
    Vec<T> b0 = load(b), b1 = load(b + width);
#pragma unroll
    for (int i = 0; i < rows; i++) {
      Vec<T> factor = loadSplat(a + i);
      sums[i][0] = madd(factor, b0, sums[i][0]);
      sums[i][1] = madd(factor, b1, sums[i][1]);
    }
    a += rows;
    b += 2 * width;
  }
  Vec<T> scale = splat(alpha);
  if (beta == 0) {
#pragma unroll
    for (int i = 0; i < rows; i++) {
      store(c + i * stride, scale * sums[i][0]);
      store(c + i * stride + width, scale * sums[i][1]);
    }
    return;
  }
  Vec<T> keep = splat(beta);
#pragma unroll
  for (int i = 0; i < rows; i++) {
    T *row = c + i * stride;
    store(row, madd(scale, sums[i][0], keep * load(row)));
    store(row + width, madd(scale, sums[i][1], keep * load(row + width)));
  }
}

// Panels of `size` rows of a (its columns, for a transposed view), zeros where a has ended.
template <class T, int size>
__attribute__((noinline)) void packPanel(View<const T> a, int rows, int depth, T *packed) {
  if (rows == size && a.rowStride == 1) {
    for (int k = 0; k < depth; k++) {
      const T *from = a.data + k * a.colStride;
#pragma unroll
      for (int i = 0; i < size; i++) packed[k * size + i] = from[i];
    }
    return;
  }
  if (rows == size) {
    for (int k = 0; k < depth; k++) {
      const T *from = a.data + k * a.colStride;
#pragma unroll
      for (int i = 0; i < size; i++) packed[k * size + i] = from[i * a.rowStride];
    }
    return;
  }
  for (int k = 0; k < depth; k++) {
    for (int i = 0; i < size; i++) packed[k * size + i] = i < rows ? a(i, k) : T(0);
  }
}

// The part of a tile that lies inside the matrix and, for the lower region, not above its diagonal.
template <class T>
__attribute__((noinline)) void mergeTile(const T *tile, int rows, int cols, T beta, T *c, int stride, int diagonal) {
  constexpr int width = Blocking<T>::tileCols;
  for (int i = 0; i < rows; i++) {
    int end = least(cols, i + diagonal);
    for (int j = 0; j < end; j++) {
      T &target = c[i * stride + j];
      target = beta == 0 ? tile[i * width + j] : tile[i * width + j] + beta * target;
    }
  }
}

template <class T>
void scaleRegion(Team &team, int m, int n, T beta, View<T> c, Region region) {
  Range part = team.share(m);
  for (int i = part.start; i < part.end; i++) {
    int end = region == Region::lower ? least(n, i + 1) : n;
    for (int j = 0; j < end; j++) c(i, j) = beta == 0 ? T(0) : beta * c(i, j);
  }
  team.barrier();
}

// c is m × n with unit stride along one of its directions (along rows for the lower region, where only elements on
// and below the diagonal are touched); a is m × k and b is k × n.
template <class T>
void gemm(Team &team, Arena arena, int m, int n, int k, T alpha, View<const T> a, View<const T> b, T beta, View<T> c,
          Region region = Region::all) {
  using Size = Blocking<T>;
  constexpr int tileRows = Size::tileRows, tileCols = Size::tileCols;
  if (m == 0 || n == 0) return;
  if (k == 0 || alpha == 0) return scaleRegion(team, m, n, beta, c, region);
  if (c.colStride != 1) {
    return gemm(team, arena, n, m, k, alpha, b.transposed(), a.transposed(), beta, c.transposed());
  }
  const int depth = (k + (k + Size::depth - 1) / Size::depth - 1) / ((k + Size::depth - 1) / Size::depth);
  const int blockCols = least(Size::cols, (n + tileCols - 1) / tileCols * tileCols);
  const int blockRows = least(Size::rows, (m + tileRows - 1) / tileRows * tileRows);
  T *packedB[2] = {arena.take<T>(depth * blockCols), arena.take<T>(depth * blockCols)};
  T *packedA = arena.take<T>(team.count * blockRows * depth) + team.id * blockRows * depth;
  const int rowBlocks = (m + blockRows - 1) / blockRows;
  T tile[tileRows * tileCols];

  // A second buffer lets a thread that is ahead pack while others still multiply.
  int phase = 0;
  for (int j0 = 0; j0 < n; j0 += blockCols) {
    const int cols = least(blockCols, n - j0);
    const int panels = (cols + tileCols - 1) / tileCols;
    // Few row blocks: cut the columns too, so that every thread has work.
    const int wanted = team.count == 1 ? 1 : (4 * team.count + rowBlocks - 1) / rowBlocks;
    const int strips = greatest(1, least(wanted, panels / 8));
    for (int k0 = 0; k0 < k; k0 += depth, phase++) {
      const int steps = least(depth, k - k0);
      T *const bufferB = packedB[phase & 1];
      Range mine = team.share(panels);
      for (int p = mine.start; p < mine.end; p++) {
        View<const T> from = b.from(k0, j0 + p * tileCols).transposed();
        packPanel<T, tileCols>(from, least(tileCols, cols - p * tileCols), steps, bufferB + p * tileCols * steps);
      }
      team.barrier();
      const T keep = k0 == 0 ? beta : T(1);
      team.each(rowBlocks * strips, [&](int unit) {
        // The longest rows of a lower region come first.
        const int block = region == Region::lower ? rowBlocks - 1 - unit / strips : unit / strips;
        const int strip = unit % strips;
        const int i0 = block * blockRows;
        const int rows = least(blockRows, m - i0);
        const int firstPanel = panels * strip / strips, lastPanel = panels * (strip + 1) / strips;
        if (region == Region::lower && j0 + firstPanel * tileCols >= i0 + rows) return;
        for (int i = 0; i < rows; i += tileRows) {
          packPanel<T, tileRows>(a.from(i0 + i, k0), least(tileRows, rows - i), steps, packedA + i * steps);
        }
        for (int p = firstPanel; p < lastPanel; p++) {
          const int j = j0 + p * tileCols;
          const int width = least(tileCols, n - j);
          for (int i = 0; i < rows; i += tileRows) {
            const int height = least(tileRows, rows - i);
            const int diagonal = region == Region::lower ? i0 + i - j + 1 : tileCols;
            if (diagonal + height - 1 <= 0) continue;
            T *target = c.row(i0 + i) + j;
            const T *panelA = packedA + i * steps, *panelB = bufferB + p * tileCols * steps;
            if (width == tileCols && height == tileRows && diagonal >= tileCols) {
              multiplyTile<T>(steps, panelA, panelB, alpha, keep, target, c.rowStride);
            } else {
              multiplyTile<T>(steps, panelA, panelB, alpha, T(0), tile, tileCols);
              mergeTile<T>(tile, height, width, keep, target, c.rowStride, diagonal);
            }
          }
        }
      });
    }
  }
  team.barrier();
}

// Copies the strict lower triangle onto the upper one.
template <class T> void mirrorLower(Team &team, int n, View<T> c) {
  constexpr int tile = 32;
  team.each((n + tile - 1) / tile, [&](int block) {
    const int i0 = block * tile, i1 = least(n, i0 + tile);
    for (int j0 = 0; j0 < i1; j0 += tile) {
      for (int i = i0; i < i1; i++) {
        const int end = least(j0 + tile, i);
        for (int j = j0; j < end; j++) c(j, i) = c(i, j);
      }
    }
  });
  team.barrier();
}
