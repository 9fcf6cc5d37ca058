// The Gaussian kernel on a tile of pairs, rows by columns, in float64, two pairs at a time.
#include "../../linalg/wasm/kernels/simd.h"

namespace {

struct Constants {
  double least = -745.2, perTurn = 1.4426950408889634, half = 0.5;
  // ln 2 in two parts, the first short enough that k times it is exact for |k| < 2¹¹.
  double turnHigh = 0.6931471803691238, turnLow = 1.9082149292705877e-10;
  // Added, it leaves a whole number of magnitude below 2⁵¹ in the lowest bits, plus the exponent's bias of 1023.
  double whole = 0x1.8p52 + 1023;
  // 1/i! for i = 13 … 0.
  double series[14] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880,
                       1.0 / 40320,      1.0 / 5040,      1.0 / 720,      1.0 / 120,     1.0 / 24,
                       1.0 / 6,          1.0 / 2,         1.0,            1.0};
};
Constants stored;

inline Doubles nearest(Doubles a) { return {wasm_f64x2_nearest(a.v)}; }

// 2^k for a whole k from −1022 to 1023.
inline Doubles powerOfTwo(Doubles k, const Constants *of) {
  return {wasm_i64x2_shl((k + loadSplat(&of->whole)).v, 52)};
}

// e^x for x ≤ 0 with a relative error of a few 2⁻⁵³ where the result is normal; larger x count as 0, and NaN stays.
inline Doubles exponential(Doubles above, const Constants *of) {
  const Doubles capped = {wasm_f64x2_pmin(above.v, wasm_f64x2_splat(0))};
  const Doubles x = {wasm_f64x2_pmax(capped.v, loadSplat(&of->least).v)};
  const Doubles k = nearest(x * loadSplat(&of->perTurn));
  const Doubles r = nmadd(k, loadSplat(&of->turnLow), nmadd(k, loadSplat(&of->turnHigh), x));
  Doubles sum = loadSplat(of->series);
  for (int i = 1; i < 14; i++) sum = madd(sum, r, loadSplat(of->series + i));
  // In two halves: the smallest results are below the least normal power.
  const Doubles first = nearest(k * loadSplat(&of->half));
  return sum * powerOfTwo(first, of) * powerOfTwo(k - first, of);
}

} // namespace

extern "C" {

// k ← e^(scale (2 k − q(x) − q(z))), in place: from products xᵀz and squared norms q.
__attribute__((export_name("gaussian"))) void gaussian(int rows, int cols, double scale, const double *leftNorms,
                                                       const double *norms, double *k) {
  const Constants *of = inMemory(&stored);
  const Doubles scales = splat(scale);
  for (int i = 0; i < rows; i++) {
    const Doubles left = loadSplat(leftNorms + i);
    double *row = k + i * cols;
    int j = 0;
    for (; j + 2 <= cols; j += 2) {
      const Doubles distance = load(row + j) + load(row + j) - left - load(norms + j);
      store(row + j, exponential(scales * distance, of));
    }
    if (j < cols) {
      const Doubles product = loadSplat(row + j);
      const Doubles distance = product + product - left - loadSplat(norms + j);
      wasm_v128_store64_lane(row + j, exponential(scales * distance, of).v, 0);
    }
  }
}

// e^x of `count` values in place, x ≤ 0.
__attribute__((export_name("exponential"))) void exponentials(int count, double *x) {
  const Constants *of = inMemory(&stored);
  int i = 0;
  for (; i + 2 <= count; i += 2) store(x + i, exponential(load(x + i), of));
  if (i < count) wasm_v128_store64_lane(x + i, exponential(loadSplat(x + i), of).v, 0);
}
}
