// A first layer on a tile of examples known by their projections z: rows × P.
#include "../../../linalg/wasm/kernels/simd.h"

namespace {

// a where it is not below zero: one instruction, and NaN stays.
inline Doubles positivePart(Doubles a) { return {wasm_f64x2_pmax(a.v, wasm_f64x2_splat(0))}; }
inline double positivePart(double a) { return a < 0 ? 0 : a; }
inline void put(double *p, Doubles a) { store(p, a); }
inline void put(float *p, Doubles a) { wasm_v128_store64_lane(p, wasm_f32x4_demote_f64x2_zero(a.v), 0); }

// [z + b]₊, and [b − z]₊ of the mirrored neurons beside it, in rows that are `stride` numbers apart.
template <class T>
inline void activate(int rows, int p, int mirrored, const double *z, const double *biases, int stride, T *result) {
  for (int i = 0; i < rows; i++, z += p, result += stride) {
    int l = 0;
    for (; l + 2 <= p; l += 2) {
      const Doubles along = load(z + l);
      put(result + l, positivePart(along + load(biases + l)));
      if (mirrored) put(result + p + l, positivePart(load(biases + p + l) - along));
    }
    if (l == p) continue;
    result[l] = positivePart(z[l] + biases[l]);
    if (mirrored) result[p + l] = positivePart(biases[p + l] - z[l]);
  }
}

} // namespace

extern "C" {

__attribute__((export_name("activateSingle"))) void activateSingle(int rows, int p, int mirrored, const double *z,
                                                                   const double *biases, int stride, float *result) {
  activate(rows, p, mirrored, z, biases, stride, result);
}
__attribute__((export_name("activateDouble"))) void activateDouble(int rows, int p, int mirrored, const double *z,
                                                                   const double *biases, int stride, double *result) {
  activate(rows, p, mirrored, z, biases, stride, result);
}

// z ← y 1[z > 0], row by row.
__attribute__((export_name("gate"))) void gate(int rows, int p, double *z, const double *targets) {
  for (int i = 0; i < rows; i++, z += p) {
    const Doubles target = splat(targets[i]);
    int l = 0;
    for (; l + 2 <= p; l += 2)
      store(z + l, Doubles{wasm_v128_and(wasm_f64x2_gt(load(z + l).v, wasm_f64x2_splat(0)), target.v)});
    if (l < p) z[l] = z[l] > 0 ? targets[i] : 0;
  }
}
}
