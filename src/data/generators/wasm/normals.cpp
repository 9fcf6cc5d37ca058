// Rows of standard normals in float32, the bits that `seek(index)` and `fillNormal` of core/random.ts give, four rows at a
// time. Words, uniforms u and the angle a = fl(2π u) are exactly those of JavaScript; logarithm, sine and cosine are our
// own. Errors relative to the value, in units 2⁻⁵³:
//   log v = 2s + s³P(s²) + k ln 2, s = (m − 1)/(m + 1), √½ ≤ m < √2: less than 9, of which P gives 2;
//   √(−2 log v): half of that and one more, less than 6;
//   sine and cosine of r = a − q π/2, |r| ≤ π/4: less than 4. q fl(π/2) and its difference to a are exact, what fl(π/2)
//   lacks is known to 2⁻¹⁰⁹, and |r| > 2⁻⁵⁴ unless a = 0: r is within 2.
// So a normal is within 11 of the exact one, fused or not. In JavaScript it is within 5 where Math.log, sin and cos are
// within one unit in the last place, and within 11 where they are within three. Hence the two differ by 22 units in the
// last place at most (measured: 5). A normal that is less than a margin of 64 of them away from the middle between two
// floats is in doubt, and its row is drawn again in JavaScript; no other can round to another float.
#include "../../../linalg/wasm/kernels/simd.h"

namespace {

struct Constants {
  double turn = 6.283185307179586;
  // π/2 as JavaScript has it, and what it lacks.
  double quarter = 1.5707963267948966, quarterRest = 6.123233995736766e-17;
  double one = 1, four = 4, half = 0.5, minusTwo = -2, ln2 = 0.6931471805599453;
  // The high 27 and the low 26 bits of a uniform.
  double highUnit = 0x1p-27, lowUnit = 0x1p-53;
  // Added, it rounds to a whole number, which stands in the lowest bits.
  double whole = 0x1.8p52;
  // Added to bits of v, it lifts the exponent by one from √½ on.
  uint64_t lift = 0x3ff0000000000000 - 0x3fe6a09e667f3bcd, fraction = 0x000fffffffffffff,
           least = 0x3fe6a09e667f3bcd, exponentOf = 0x4330000000000000, sign = 0x8000000000000000;
  double exponentBias = 0x1p52 + 1023;
  // Minimax: log m = 2s + s³P(s²), sin r = r + r³P(r²), cos r = 1 − r²/2 + r⁴P(r²), highest power first.
  double log[6] = {0.16819833428642464, 0.18123641599029933, 0.22223371713363713,
                   0.2857141712937082,  0.4000000005227623,  0.666666666665872};
  double sine[6] = {1.589623040195262e-10,   -2.505074776819223e-08, 2.755731362142943e-06,
                    -0.00019841269829589704, 0.008333333333322118,   -0.1666666666666663};
  double cosine[5] = {2.0645118825879326e-09, -2.755552310802866e-07, 2.4801580707301427e-05,
                      -0.0013888888877611717, 0.04166666666659654};
};
Constants stored;

inline v128_t bits(const uint64_t *p) { return wasm_v128_load64_splat(p); }
inline Doubles rootOf(Doubles a) { return {wasm_f64x2_sqrt(a.v)}; }

template <int N> inline Doubles polynomial(Doubles x, const double (&series)[N]) {
  Doubles sum = loadSplat(series);
  for (int i = 1; i < N; i++) sum = madd(sum, x, loadSplat(series + i));
  return sum;
}

// √(−2 log v) for 2⁻⁵³ ≤ v ≤ 1; −0 of 1, as in JavaScript.
inline Doubles radius(Doubles v, const Constants *of) {
  const v128_t lifted = wasm_i64x2_add(v.v, bits(&of->lift));
  const v128_t exponent = wasm_v128_or(wasm_u64x2_shr(lifted, 52), bits(&of->exponentOf));
  const v128_t mantissa = wasm_v128_and(lifted, bits(&of->fraction));
  const Doubles k = Doubles{exponent} - loadSplat(&of->exponentBias);
  const Doubles m = {wasm_i64x2_add(mantissa, bits(&of->least))};
  const Doubles s = (m - loadSplat(&of->one)) / (m + loadSplat(&of->one));
  const Doubles z = s * s;
  const Doubles log = madd(s * z, polynomial(z, of->log), s + s);
  return rootOf(loadSplat(&of->minusTwo) * madd(k, loadSplat(&of->ln2), log));
}

// Cosine and sine of the angle fl(2π) u.
inline void circle(Doubles u, Doubles &cosine, Doubles &sine, const Constants *of) {
  const Doubles angle = loadSplat(&of->turn) * u;
  const Doubles shifted = madd(u, loadSplat(&of->four), loadSplat(&of->whole));
  const Doubles q = shifted - loadSplat(&of->whole);
  const Doubles r = nmadd(q, loadSplat(&of->quarterRest), nmadd(q, loadSplat(&of->quarter), angle));
  const Doubles z = r * r;
  const Doubles alongSine = madd(r * z, polynomial(z, of->sine), r);
  const Doubles alongCosine =
      madd(z * z, polynomial(z, of->cosine), nmadd(z, loadSplat(&of->half), loadSplat(&of->one)));
  // q odd exchanges the two; sine is negative from q = 2 on, cosine for q = 1 and 2.
  const v128_t odd = wasm_i64x2_shl(shifted.v, 63), second = wasm_i64x2_shl(shifted.v, 62);
  const v128_t exchanged = wasm_i64x2_neg(wasm_u64x2_shr(odd, 63));
  const v128_t change = wasm_v128_and(wasm_v128_xor(alongSine.v, alongCosine.v), exchanged);
  const v128_t sign = bits(&of->sign);
  sine = {wasm_v128_xor(wasm_v128_xor(alongSine.v, change), wasm_v128_and(second, sign))};
  cosine = {wasm_v128_xor(wasm_v128_xor(alongCosine.v, change),
                          wasm_v128_and(wasm_v128_xor(second, odd), sign))};
}

inline v128_t upper(v128_t a) { return wasm_i64x2_shuffle(a, a, 1, 1); }
inline Doubles whole(v128_t a) { return {wasm_f64x2_convert_low_i32x4(a)}; }

// Four numbers of float64 as float32, and which are in doubt: `least` holds the smallest distance so far.
struct Rounding {
  v128_t shift, mask, least;
  explicit Rounding(int margin)
      : shift(wasm_i32x4_splat(margin - (1 << 28))), mask(wasm_i32x4_splat((1 << 29) - 2 * margin)),
        least(wasm_i32x4_splat(-1)) {}
  v128_t operator()(Doubles a, Doubles b) {
    // A float64 has 29 bits more than a float32; bit 28 alone is the middle.
    const v128_t low = wasm_i32x4_shuffle(a.v, b.v, 0, 2, 4, 6);
    least = wasm_u32x4_min(least, wasm_v128_and(wasm_i32x4_add(low, shift), mask));
    return wasm_i64x2_shuffle(wasm_f32x4_demote_f64x2_zero(a.v), wasm_f32x4_demote_f64x2_zero(b.v), 0, 2);
  }
  v128_t doubtful() const { return wasm_i32x4_eq(least, wasm_i32x4_splat(0)); }
};

// Two normals of each of four rows from their next four words, as float32: cosines, then sines.
struct Two {
  v128_t first, second;
  Two(const v128_t *words, Rounding &round, const Constants *of) {
    const v128_t high = wasm_u32x4_shr(words[0], 5), low = wasm_u32x4_shr(words[1], 6);
    const v128_t angleHigh = wasm_u32x4_shr(words[2], 5), angleLow = wasm_u32x4_shr(words[3], 6);
    Doubles c[2], s[2];
    for (int half = 0; half < 2; half++) {
      const auto part = [half](v128_t a) { return whole(half ? upper(a) : a); };
      const Doubles highUnit = loadSplat(&of->highUnit), lowUnit = loadSplat(&of->lowUnit);
      // All of these are exact.
      const Doubles v = nmadd(part(low), lowUnit, nmadd(part(high), highUnit, loadSplat(&of->one)));
      const Doubles u = madd(part(angleLow), lowUnit, part(angleHigh) * highUnit);
      const Doubles length = radius(v, of);
      circle(u, c[half], s[half], of);
      c[half] = length * c[half];
      s[half] = length * s[half];
    }
    first = round(c[0], c[1]);
    second = round(s[0], s[1]);
  }
};

// Four rows of `count` normals from words, `stride` apart.
inline void fill(int count, const v128_t *words, Rounding &round, float *out, int stride, const Constants *of) {
  float *rows[4] = {out, out + stride, out + 2 * stride, out + 3 * stride};
  int j = 0;
  for (; j + 2 <= count; j += 2) {
    const Two two(words + 2 * j, round, of);
    const v128_t low = wasm_i32x4_shuffle(two.first, two.second, 0, 4, 1, 5);
    const v128_t high = wasm_i32x4_shuffle(two.first, two.second, 2, 6, 3, 7);
    wasm_v128_store64_lane(rows[0] + j, low, 0);
    wasm_v128_store64_lane(rows[1] + j, low, 1);
    wasm_v128_store64_lane(rows[2] + j, high, 0);
    wasm_v128_store64_lane(rows[3] + j, high, 1);
  }
  if (j == count) return;
  const Two two(words + 2 * j, round, of);
  wasm_v128_store32_lane(rows[0] + j, two.first, 0);
  wasm_v128_store32_lane(rows[1] + j, two.first, 1);
  wasm_v128_store32_lane(rows[2] + j, two.first, 2);
  wasm_v128_store32_lane(rows[3] + j, two.first, 3);
}

inline v128_t rotate(v128_t a, int k) { return wasm_v128_or(wasm_i32x4_shl(a, k), wasm_u32x4_shr(a, 32 - k)); }

inline v128_t mix(v128_t h) {
  h = wasm_i32x4_mul(wasm_v128_xor(h, wasm_u32x4_shr(h, 16)), wasm_i32x4_splat(0x85ebca6b));
  h = wasm_i32x4_mul(wasm_v128_xor(h, wasm_u32x4_shr(h, 13)), wasm_i32x4_splat(0xc2b2ae35));
  return wasm_v128_xor(h, wasm_u32x4_shr(h, 16));
}

// xoshiro128** of four indices.
struct Generator {
  v128_t a, b, c, d;
  Generator(const int *key, const double *indices) {
    const uint64_t at[4] = {(uint64_t)indices[0], (uint64_t)indices[1], (uint64_t)indices[2], (uint64_t)indices[3]};
    const v128_t low = wasm_u32x4_make(at[0], at[1], at[2], at[3]);
    const v128_t high = wasm_u32x4_make(at[0] >> 32, at[1] >> 32, at[2] >> 32, at[3] >> 32);
    const auto state = [key](int word, v128_t of) {
      return mix(wasm_v128_xor(wasm_i32x4_splat(key[word]), mix(of)));
    };
    a = state(0, wasm_v128_xor(low, high));
    b = state(1, wasm_i32x4_add(a, low));
    c = state(2, wasm_i32x4_add(b, high));
    d = wasm_v128_or(state(3, wasm_i32x4_add(c, low)), wasm_i32x4_splat(1));
  }
  v128_t next() {
    const v128_t turned = rotate(wasm_i32x4_add(wasm_i32x4_shl(b, 2), b), 7);
    const v128_t shifted = wasm_i32x4_shl(b, 9);
    c = wasm_v128_xor(c, a);
    d = wasm_v128_xor(d, b);
    b = wasm_v128_xor(b, c);
    a = wasm_v128_xor(a, d);
    c = wasm_v128_xor(c, shifted);
    d = rotate(d, 11);
    return wasm_i32x4_add(wasm_i32x4_shl(turned, 3), turned);
  }
};

// Normals of a row between two visits to its generator; even.
constexpr int run = 128;
v128_t words[2 * run];

} // namespace

extern "C" {

// The first d normals of each index, rows × d; rows a multiple of four. `doubtful`: not 0 for rows that another route has
// to draw. `margin`: a power of two, at most 2²⁸, which puts every row in doubt.
__attribute__((export_name("normals"))) void normals(int rows, int d, const int *key, const double *indices, int margin,
                                                     float *out, int *doubtful) {
  const Constants *of = inMemory(&stored);
  for (int i = 0; i < rows; i += 4) {
    Generator generator(key, indices + i);
    Rounding round(margin);
    for (int from = 0; from < d; from += run) {
      const int count = least(run, d - from);
      for (int k = 0; k < 2 * (count + 1 & ~1); k++) words[k] = generator.next();
      fill(count, words, round, out + i * d + from, d, of);
    }
    wasm_v128_store(doubtful + i, round.doubtful());
  }
}

// z = B x, rows × r, of rows of inputs, a multiple of four. Each sum has its terms in the order of the inputs, and every
// product is rounded: the bits of a loop in JavaScript. `basis`: r × d.
__attribute__((export_name("project"))) void project(int rows, int d, int r, const float *inputs, const double *basis,
                                                     double *z) {
  for (int i = 0; i < rows; i += 4) {
    const float *x = inputs + i * d;
    for (int k = 0; k < r; k += 2) {
      const double *first = basis + k * d, *second = k + 1 < r ? first + d : first;
      Doubles sums[4] = {splat(0.0), splat(0.0), splat(0.0), splat(0.0)};
      for (int j = 0; j < d; j++) {
        const Doubles b = {wasm_v128_load64_lane(second + j, wasm_v128_load64_splat(first + j), 1)};
        for (int row = 0; row < 4; row++)
          sums[row] = sums[row] + b * Doubles{wasm_f64x2_promote_low_f32x4(loadSplat(x + row * d + j).v)};
      }
      for (int row = 0; row < 4; row++) {
        double *result = z + (i + row) * r + k;
        wasm_v128_store64_lane(result, sums[row].v, 0);
        if (k + 1 < r) wasm_v128_store64_lane(result + 1, sums[row].v, 1);
      }
    }
  }
}

// Two normals of four rows from their four words each, 4 × 4 with a row for each word: 4 × 2.
__attribute__((export_name("pairs"))) void pairs(const v128_t *fourWords, int margin, float *out, int *doubtful) {
  Rounding round(margin);
  fill(2, fourWords, round, out, 2, inMemory(&stored));
  wasm_v128_store(doubtful, round.doubtful());
}
}
