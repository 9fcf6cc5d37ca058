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
  // arccos(x) / √(1 − x²) for 0 ≤ x ≤ 1 as a polynomial in t = 2x − 1: the Chebyshev expansion, cut after degree 19, in
  // powers. Its absolute error is 2.7e-16, of values from 1 to π/2; the function is analytic but for x = −1.
  double arc[20] = {1.209199576156145,       -0.2636001412812842,     0.06973319205209227,    -0.019837146922537297,
                    0.005861628973460798,    -0.0017729284598458914,  0.0005447740072891166,  -0.0001693099599106564,
                    5.307357869748438e-05,   -1.6749075082645974e-05, 5.314752111592245e-06,  -1.693862205113952e-06,
                    5.408015542538521e-07,   -1.7342788123244604e-07, 5.724365736098916e-08,  -1.855750185293783e-08,
                    4.7698314174878835e-09,  -1.495978611795642e-09,  1.0626087632050723e-09, -3.5522082207382583e-10};
};
Constants stored;

inline Doubles arcCosineOverSine(Doubles x, const Constants *of) {
  const auto arc = [&](int power) { return loadSplat(of->arc + power); };
  const Doubles t = x + x - loadSplat(&of->one), t2 = t * t, t4 = t2 * t2;
  const auto cubic = [&](int from) {
    return madd(t2, madd(arc(from + 3), t, arc(from + 2)), madd(arc(from + 1), t, arc(from)));
  };
  const Doubles upper = madd(t4, madd(t4, cubic(16), cubic(12)), cubic(8));
  return madd(t4 * t4, upper, madd(t4, cubic(4), cubic(0)));
}

struct Angle {
  Doubles sine, arc;
};

// √(1 − c²) and π − arccos c.
inline Angle angleOf(Doubles c, const Constants *of) {
  const Doubles x = magnitude(c), one = loadSplat(&of->one), quarterTurn = loadSplat(&of->quarterTurn);
  const Doubles sine = squareRoot(positivePart((one - x) * (one + x)));
  const Doubles arc = nmadd(sine, arcCosineOverSine(x, of), quarterTurn);
  return {sine, quarterTurn + timesSign(arc, c, loadSplat(&of->sign))};
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

constexpr int mostLayers = 16;

// Pairs that go through all layers together, a layer at a time: enough that none waits for the one before, and few
// enough that what is kept of them stays in the nearest cache.
constexpr int chunk = 64;

struct Kept {
  double cosine[chunk], sine[chunk], steepness[chunk], before[chunk];
};
double ks[chunk], ts[chunk];
Kept layers[mostLayers];

template <class Body> inline void chunksOf(int rows, int cols, Body body) {
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < cols; j += chunk) body(i, j, least(chunk, cols - j));
}

} // namespace

extern "C" {

// Products xᵀz become K, or the tangent kernel Θ where `tangent`, in place. Profiles are those of layer 0, then those of
// the next. With c = k / √(q(x) q(z)), s = √(1 − c²), a = π − arccos c, a layer is (Cho & Saul 2009; Jacot et al. 2018)
//
//     k ← α √(q(x) q(z)) (s + a c) + σ_b²,   t ← k + α a t.
__attribute__((export_name("forward"))) void forward(int rows, int cols, int depth, double slope, double alpha,
                                                     double bias, const double *leftInverses,
                                                     const double *leftDeviations, const double *inverses,
                                                     const double *deviations, double *values, int tangent) {
  const Constants *of = inMemory(&stored);
  const Doubles slopes = splat(slope), biases = splat(bias), alphas = splat(alpha);
  chunksOf(rows, cols, [&](int i, int first, int count) {
    double *at = values + i * cols + first;
    for (int level = 0; level < depth; level++) {
      const double *rights = inverses + level * cols + first, *scales = deviations + level * cols + first;
      const Doubles left = splat(leftInverses[level * rows + i]);
      const Doubles leftScale = splat(alpha * leftDeviations[level * rows + i]);
      const bool begins = level == 0, ends = level + 1 == depth;
      eachOf(count, [&](int j, auto pair) {
        const Doubles k = begins ? madd(slopes, take(at + j, pair), biases) : take(ks + j, pair);
        const Doubles c = k * (left * take(rights + j, pair));
        const Angle angle = angleOf(c, of);
        Doubles next = madd(leftScale * take(scales + j, pair), madd(angle.arc, c, angle.sine), biases);
        if (!ends) put(ks + j, next, pair);
        if (tangent) {
          next = madd(alphas * (begins ? k : take(ts + j, pair)), angle.arc, next);
          if (!ends) put(ts + j, next, pair);
        }
        if (ends) put(at + j, next, pair);
      });
    }
  });
}

// The gradient with respect to K, or Θ where `tangent`, becomes that with respect to K_0, in place; those with respect to
// q(z), `cols` a layer, are added to. Up through the layers as `forward` goes, and back: with f = α √(q(x) q(z)) (s + a c),
// ∂f/∂k = α a, ∂f/∂√q(z) = α √q(x) s; and ∂a/∂c = 1/s. Where x and z are the same rows, `diagonal` is the column of the
// first row's equal pair; else it is negative.
__attribute__((export_name("backward"))) void backward(int rows, int cols, int depth, double slope, double alpha,
                                                       double bias, const double *leftInverses,
                                                       const double *leftDeviations, const double *inverses,
                                                       const double *deviations, const double *products,
                                                       double *gradient, double *ofVariances, int tangent,
                                                       int diagonal) {
  const Constants *of = inMemory(&stored);
  const Doubles slopes = splat(slope), biases = splat(bias), alphas = splat(alpha), none = splat(0.0);
  chunksOf(rows, cols, [&](int i, int first, int count) {
    const double *product = products + i * cols + first;
    for (int level = 0; level < depth; level++) {
      const double *rights = inverses + level * cols + first, *scales = deviations + level * cols + first;
      const Doubles left = splat(leftInverses[level * rows + i]);
      const Doubles leftScale = splat(alpha * leftDeviations[level * rows + i]);
      const bool begins = level == 0, ends = level + 1 == depth;
      Kept &kept = layers[level];
      eachOf(count, [&](int j, auto pair) {
        const Doubles k = begins ? madd(slopes, take(product + j, pair), biases) : take(ks + j, pair);
        Doubles c = k * (left * take(rights + j, pair));
        if (diagonal >= 0) c = withEqual(c, first + j, diagonal + i);
        const Angle angle = angleOf(c, of);
        const Doubles steepness = alphas * angle.arc, before = begins ? k : take(ts + j, pair);
        put(kept.cosine + j, c, pair);
        put(kept.sine + j, angle.sine, pair);
        put(kept.steepness + j, steepness, pair);
        put(kept.before + j, alphas * before, pair);
        if (ends) return;
        const Doubles next = madd(leftScale * take(scales + j, pair), madd(angle.arc, c, angle.sine), biases);
        put(ks + j, next, pair);
        put(ts + j, madd(steepness, before, next), pair);
      });
    }
    double *at = gradient + i * cols + first;
    for (int level = depth - 1; level >= 0; level--) {
      const double *rights = inverses + level * cols + first;
      double *sums = ofVariances + level * cols + first;
      const Doubles left = splat(leftInverses[level * rows + i]);
      const Doubles leftScale = splat(alpha * leftDeviations[level * rows + i]);
      const bool begins = level + 1 == depth;
      const Kept &kept = layers[level];
      eachOf(count, [&](int j, auto pair) {
        Doubles ofK, ofT;
        if (begins) {
          const Doubles given = take(at + j, pair);
          ofK = tangent ? none : given;
          ofT = tangent ? given : none;
        } else {
          ofK = take(ks + j, pair);
          ofT = take(ts + j, pair);
        }
        const Doubles cosine = take(kept.cosine + j, pair), sine = take(kept.sine + j, pair);
        const Doubles steepness = take(kept.steepness + j, pair), right = take(rights + j, pair);
        const Doubles through = ofK + ofT, steep = ofT * take(kept.before + j, pair) / sine;
        const Doubles ofArc = {
            wasm_v128_andnot(steep.v, wasm_f64x2_lt(sine.v, wasm_f64x2_splat(leastSine)))};
        const Doubles ofDeviation = nmadd(ofArc * cosine, right, through * leftScale * sine);
        put(sums + j, madd(splat(0.5) * ofDeviation, right, take(sums + j, pair)), pair);
        ofK = madd(through, steepness, ofArc * left * right);
        ofT = ofT * steepness;
        if (level == 0) {
          put(at + j, ofK + ofT, pair);
        } else {
          put(ks + j, ofK, pair);
          put(ts + j, ofT, pair);
        }
      });
    }
  });
}
}
