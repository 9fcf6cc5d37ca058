// One pass over many numbers, each by itself. Every product and sum is rounded: the bits of a loop in JavaScript.
#include "kernels/simd.h"

namespace {

// z where it is not below zero, else slope · z; NaN stays.
inline Doubles bent(Doubles z, Doubles slope) {
  return {wasm_v128_bitselect((z * slope).v, z.v, wasm_f64x2_lt(z.v, wasm_f64x2_splat(0)))};
}

inline Doubles low(v128_t integers) { return {wasm_f64x2_convert_low_i32x4(integers)}; }
inline Doubles high(v128_t integers) { return low(wasm_i64x2_shuffle(integers, integers, 1, 1)); }

} // namespace

extern "C" {

// z ← z where z is not below zero, else slope · z.
__attribute__((export_name("bend"))) void bend(int count, double slope, double *z) {
  const Doubles factor = splat(slope);
  int i = 0;
  for (; i + 8 <= count; i += 8)
    for (int j = i; j < i + 8; j += 2) store(z + j, bent(load(z + j), factor));
  for (; i < count; i++) z[i] = z[i] < 0 ? z[i] * slope : z[i];
}

// scale · x + shift of rows of bytes, with a scale and a shift for each column.
__attribute__((export_name("scaleBytes"))) void scaleBytes(int rows, int cols, const uint8_t *bytes, const double *scale,
                                                           const double *shift, double *result) {
  for (int i = 0; i < rows; i++, bytes += cols, result += cols) {
    int j = 0;
    for (; j + 8 <= cols; j += 8) {
      const v128_t words = wasm_u16x8_load8x8(bytes + j);
      const v128_t first = wasm_u32x4_extend_low_u16x8(words), second = wasm_u32x4_extend_high_u16x8(words);
      const Doubles x[4] = {low(first), high(first), low(second), high(second)};
      for (int k = 0; k < 4; k++)
        store(result + j + 2 * k, x[k] * load(scale + j + 2 * k) + load(shift + j + 2 * k));
    }
    for (; j < cols; j++) result[j] = bytes[j] * scale[j] + shift[j];
  }
}
}
