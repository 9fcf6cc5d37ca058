// 128-bit vectors of float or double, and the scalar bits that a libc would give.
#pragma once
#include <stdint.h>
#include <wasm_simd128.h>

template <class T> struct Vec {
  static constexpr int width = 16 / sizeof(T);
  v128_t v;
};

using Floats = Vec<float>;
using Doubles = Vec<double>;

inline Floats load(const float *p) { return {wasm_v128_load(p)}; }
inline Doubles load(const double *p) { return {wasm_v128_load(p)}; }
template <class T> inline void store(T *p, Vec<T> a) { wasm_v128_store(p, a.v); }
inline Floats splat(float a) { return {wasm_f32x4_splat(a)}; }
inline Doubles splat(double a) { return {wasm_f64x2_splat(a)}; }
inline Floats loadSplat(const float *p) { return {wasm_v128_load32_splat(p)}; }
inline Doubles loadSplat(const double *p) { return {wasm_v128_load64_splat(p)}; }

inline Floats operator+(Floats a, Floats b) { return {wasm_f32x4_add(a.v, b.v)}; }
inline Doubles operator+(Doubles a, Doubles b) { return {wasm_f64x2_add(a.v, b.v)}; }
inline Floats operator-(Floats a, Floats b) { return {wasm_f32x4_sub(a.v, b.v)}; }
inline Doubles operator-(Doubles a, Doubles b) { return {wasm_f64x2_sub(a.v, b.v)}; }
inline Floats operator*(Floats a, Floats b) { return {wasm_f32x4_mul(a.v, b.v)}; }
inline Doubles operator*(Doubles a, Doubles b) { return {wasm_f64x2_mul(a.v, b.v)}; }
inline Floats operator/(Floats a, Floats b) { return {wasm_f32x4_div(a.v, b.v)}; }
inline Doubles operator/(Doubles a, Doubles b) { return {wasm_f64x2_div(a.v, b.v)}; }
inline Floats magnitude(Floats a) { return {wasm_f32x4_abs(a.v)}; }
inline Doubles magnitude(Doubles a) { return {wasm_f64x2_abs(a.v)}; }
// NaN wins over every number.
inline Floats larger(Floats a, Floats b) { return {wasm_f32x4_max(a.v, b.v)}; }
inline Doubles larger(Doubles a, Doubles b) { return {wasm_f64x2_max(a.v, b.v)}; }

// a·b + c and c − a·b, fused where the machine does it and the build allows.
#ifdef __wasm_relaxed_simd__
inline Floats madd(Floats a, Floats b, Floats c) { return {wasm_f32x4_relaxed_madd(a.v, b.v, c.v)}; }
inline Doubles madd(Doubles a, Doubles b, Doubles c) { return {wasm_f64x2_relaxed_madd(a.v, b.v, c.v)}; }
inline Floats nmadd(Floats a, Floats b, Floats c) { return {wasm_f32x4_relaxed_nmadd(a.v, b.v, c.v)}; }
inline Doubles nmadd(Doubles a, Doubles b, Doubles c) { return {wasm_f64x2_relaxed_nmadd(a.v, b.v, c.v)}; }
#else
template <class V> inline V madd(V a, V b, V c) { return a * b + c; }
template <class V> inline V nmadd(V a, V b, V c) { return c - a * b; }
#endif

inline float sum(Floats a) {
  return (wasm_f32x4_extract_lane(a.v, 0) + wasm_f32x4_extract_lane(a.v, 1)) +
         (wasm_f32x4_extract_lane(a.v, 2) + wasm_f32x4_extract_lane(a.v, 3));
}
inline double sum(Doubles a) { return wasm_f64x2_extract_lane(a.v, 0) + wasm_f64x2_extract_lane(a.v, 1); }

// p, of which the compiler then knows nothing: constants behind it are loaded in a loop. Engines make a vector from an
// immediate value in several instructions, in every round.
template <class T> inline const T *inMemory(const T *p) {
  __asm__ volatile("" : "+r"(p));
  return p;
}

template <class T> inline T least(T a, T b) { return b < a ? b : a; }
template <class T> inline T greatest(T a, T b) { return a < b ? b : a; }
inline float absolute(float a) { return __builtin_fabsf(a); }
inline double absolute(double a) { return __builtin_fabs(a); }
inline float root(float a) { return __builtin_sqrtf(a); }
inline double root(double a) { return __builtin_sqrt(a); }
inline float withSign(float a, float sign) { return __builtin_copysignf(a, sign); }
inline double withSign(double a, double sign) { return __builtin_copysign(a, sign); }
template <class T> inline bool finite(T a) { return a - a == 0; }
template <class T> inline void exchange(T &a, T &b) {
  T kept = a;
  a = b;
  b = kept;
}

template <class T> struct Format;
template <> struct Format<float> {
  static constexpr float epsilon = 0x1p-23f;
  // Sums of squares between these neither overflow nor lose digits to underflow.
  static constexpr float smallSquare = 0x1p-80f, largeSquare = 0x1p120f, largestScale = 0x1p100f;
};
template <> struct Format<double> {
  static constexpr double epsilon = 0x1p-52;
  static constexpr double smallSquare = 0x1p-900, largeSquare = 0x1p1000, largestScale = 0x1p1000;
};

// The power of two at or below |a|, for a finite and not zero; exact even for subnormal a.
inline double powerOfTwo(double a) {
  double scale = 1;
  a = absolute(a);
  if (a < 0x1p-1000) {
    a *= 0x1p100;
    scale = 0x1p-100;
  }
  uint64_t bits = __builtin_bit_cast(uint64_t, a) & 0x7ff0000000000000u;
  return __builtin_bit_cast(double, bits) * scale;
}

// √(a² + b²) without overflow.
inline double hypotenuse(double a, double b) {
  a = absolute(a);
  b = absolute(b);
  double large = greatest(a, b), small = least(a, b);
  if (large == 0) return 0;
  double ratio = small / large;
  return large * root(1 + ratio * ratio);
}
