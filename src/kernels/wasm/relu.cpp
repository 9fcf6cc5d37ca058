// Element-wise work of wide ReLU networks on a tile of pairs, rows by columns, in float64, two pairs at a time.
#include "../../linalg/wasm/kernels/simd.h"

namespace {

inline Doubles squareRoot(Doubles a) { return {wasm_f64x2_sqrt(a.v)}; }
inline Doubles positivePart(Doubles a) { return {wasm_f64x2_pmax(a.v, wasm_f64x2_splat(0))}; }
// a with its sign turned where that of c is negative; `sign` is −0.
inline Doubles timesSign(Doubles a, Doubles c, Doubles sign) {
  return {wasm_v128_xor(a.v, wasm_v128_and(c.v, sign.v))};
}

struct Constants {
  double quarterTurn = 1.5707963267948966, one = 1, sign = -0.0;
  // arccos(x) / √(1 − x) for 0 ≤ x ≤ 1 as a polynomial in t = 2x − 1: the Chebyshev expansion, cut after degree 15, in
  // powers. Its relative error is 4.4e-15; the function is analytic but for x = −1.
  double arc[16] = {1.4809609793861165,     -0.07601609123464996,   0.011029313318697345,  -0.002149135859730556,
                    0.0004820540856099399,  -0.0001174124942167139, 3.018728835646296e-5,  -8.063601326919472e-6,
                    2.215562274225469e-6,   -6.223302088357719e-7,  1.7892528609280628e-7, -5.198162078790608e-8,
                    1.4054225917063757e-8,  -4.100653286113649e-9,  1.9634234807957838e-9, -6.084927887184174e-10};
};
Constants stored;

inline Doubles arcCosineOverRoot(Doubles x, const Constants *of) {
  const auto arc = [&](int power) { return loadSplat(of->arc + power); };
  const Doubles one = loadSplat(&of->one);
  const Doubles t = x + x - one, t2 = t * t, t4 = t2 * t2;
  const auto cubic = [&](int from) {
    return madd(t2, madd(arc(from + 3), t, arc(from + 2)), madd(arc(from + 1), t, arc(from)));
  };
  return madd(t4 * t4, madd(t4, cubic(12), cubic(8)), madd(t4, cubic(4), cubic(0)));
}

struct Angle {
  Doubles sine, arc;
};

// √(1 − c²) and π − arccos c.
inline Angle angleOf(Doubles c, const Constants *of) {
  const Doubles x = magnitude(c), one = loadSplat(&of->one), quarterTurn = loadSplat(&of->quarterTurn);
  const Doubles root = squareRoot(positivePart(one - x));
  const Doubles arc = nmadd(root, arcCosineOverRoot(x, of), quarterTurn);
  return {root * squareRoot(one + x), quarterTurn + timesSign(arc, c, loadSplat(&of->sign))};
}

// Two neighbouring values, or the last one twice.
struct Two {};
struct One {};
inline Doubles take(const double *p, Two) { return load(p); }
inline Doubles take(const double *p, One) { return loadSplat(p); }
inline void put(double *p, Doubles a, Two) { store(p, a); }
inline void put(double *p, Doubles a, One) { wasm_v128_store64_lane(p, a.v, 0); }

template <class Body> inline void eachOf(int cols, Body body) {
  int j = 0;
  for (; j + 1 < cols; j += 2) body(j, Two{});
  if (j < cols) body(j, One{});
}

// Puts 1 where the pair is (diagonal, diagonal).
inline Doubles withEqual(Doubles c, int j, int diagonal) {
  if (j == diagonal) c.v = wasm_f64x2_replace_lane(c.v, 0, 1.0);
  if (j + 1 == diagonal) c.v = wasm_f64x2_replace_lane(c.v, 1, 1.0);
  return c;
}

// Closer pairs than this have no direction that rounding leaves: what has a kink there counts as flat.
constexpr double leastSine = 1e-7;

} // namespace

extern "C" {

// One layer on covariances k and, unless null, tangents t, in place (Cho & Saul 2009; Jacot et al. 2018): with
// c = k / √(q(x) q(z)), s = √(1 − c²), a = π − arccos c,
//
//     k ← α √(q(x) q(z)) (s + a c) + σ_b²,   t ← k + α a t.
__attribute__((export_name("advance"))) void advance(int rows, int cols, double alpha, double bias,
                                                     const double *leftInverses, const double *leftDeviations,
                                                     const double *inverses, const double *deviations, double *k,
                                                     double *t) {
  const Constants *of = inMemory(&stored);
  for (int i = 0; i < rows; i++) {
    const Doubles inverse = splat(leftInverses[i]), scale = splat(alpha * leftDeviations[i]);
    eachOf(cols, [&](int j, auto pair) {
      double *kAt = k + i * cols + j;
      const Doubles c = take(kAt, pair) * (inverse * take(inverses + j, pair));
      const Angle angle = angleOf(c, of);
      const Doubles next = madd(scale * take(deviations + j, pair), madd(angle.arc, c, angle.sine), splat(bias));
      put(kAt, next, pair);
      if (t) {
        double *tAt = t + i * cols + j;
        put(tAt, madd(splat(alpha) * take(tAt, pair), angle.arc, next), pair);
      }
    });
  }
}

// `advance`, keeping cosine, sine, arc and tangent of every pair, one after another in `trace`. Where x and z are the
// same rows, `diagonal` is the column of the first row's equal pair; else it is negative.
__attribute__((export_name("recall"))) void recall(int rows, int cols, double alpha, double bias,
                                                   const double *leftInverses, const double *leftDeviations,
                                                   const double *inverses, const double *deviations, double *k,
                                                   double *t, double *trace, int diagonal) {
  const Constants *of = inMemory(&stored);
  const int size = rows * cols;
  for (int i = 0; i < rows; i++) {
    const Doubles inverse = splat(leftInverses[i]), scale = splat(alpha * leftDeviations[i]);
    eachOf(cols, [&](int j, auto pair) {
      const int at = i * cols + j;
      Doubles c = take(k + at, pair) * (inverse * take(inverses + j, pair));
      if (diagonal >= 0) c = withEqual(c, j, diagonal + i);
      const Angle angle = angleOf(c, of);
      const Doubles tangent = take(t + at, pair);
      put(trace + at, c, pair);
      put(trace + size + at, angle.sine, pair);
      put(trace + 2 * size + at, angle.arc, pair);
      put(trace + 3 * size + at, tangent, pair);
      const Doubles next = madd(scale * take(deviations + j, pair), madd(angle.arc, c, angle.sine), splat(bias));
      put(k + at, next, pair);
      put(t + at, madd(splat(alpha) * tangent, angle.arc, next), pair);
    });
  }
}

// The way back through one layer: gradients with respect to its k and t after it become those before it, in place, and
// those with respect to q(z), one a column, are added to. With f = α √(q(x) q(z)) (s + a c): ∂f/∂k = α a,
// ∂f/∂√q(z) = α √q(x) s; and ∂a/∂c = 1/s.
__attribute__((export_name("retreat"))) void retreat(int rows, int cols, double alpha, const double *leftInverses,
                                                     const double *leftDeviations, const double *inverses,
                                                     double *ofK, double *ofT, const double *trace,
                                                     double *ofVariances) {
  const int size = rows * cols;
  const Doubles alphas = splat(alpha);
  for (int i = 0; i < rows; i++) {
    const Doubles inverse = splat(leftInverses[i]), deviation = splat(leftDeviations[i]);
    eachOf(cols, [&](int j, auto pair) {
      const int at = i * cols + j;
      const Doubles cosine = take(trace + at, pair), sine = take(trace + size + at, pair);
      const Doubles slope = alphas * take(trace + 2 * size + at, pair);
      const Doubles before = take(ofT + at, pair), right = take(inverses + j, pair);
      const Doubles through = take(ofK + at, pair) + before;
      const Doubles steep = alphas * before * take(trace + 3 * size + at, pair) / sine;
      const Doubles ofArc = {
          wasm_v128_andnot(steep.v, wasm_f64x2_lt(sine.v, wasm_f64x2_splat(leastSine)))};
      const Doubles ofDeviation = nmadd(ofArc * cosine, right, alphas * through * deviation * sine);
      put(ofVariances + j, madd(splat(0.5) * ofDeviation, right, take(ofVariances + j, pair)), pair);
      put(ofK + at, madd(through, slope, ofArc * inverse * right), pair);
      put(ofT + at, before * slope, pair);
    });
  }
}
}
