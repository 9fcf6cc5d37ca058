// A mirrored first layer [W; −W] whose P rows are combinations of M points, W = Kᵀ X̃, on a tile of examples known by
// their products with the points, t: rows × M.
#include "../../../linalg/wasm/kernels/simd.h"

namespace {

// a where it is not below zero: one instruction, and NaN stays.
inline Doubles positivePart(Doubles a) { return {wasm_f64x2_pmax(a.v, wasm_f64x2_splat(0))}; }
// a where the condition's bits are set, else zero.
inline Doubles where(v128_t condition, Doubles a) { return {wasm_v128_and(a.v, condition)}; }
inline v128_t positive(Doubles a) { return wasm_f64x2_gt(a.v, wasm_f64x2_splat(0)); }

// Two neighbouring neurons, or the last one twice.
struct Two {};
struct One {};
inline Doubles take(const double *p, Two) { return load(p); }
inline Doubles take(const double *p, One) { return {wasm_f64x2_make(*p, 0)}; }
inline void put(double *p, Doubles a, Two) { store(p, a); }
inline void put(double *p, Doubles a, One) { wasm_v128_store64_lane(p, a.v, 0); }
inline void put(float *p, Doubles a, Two) { wasm_v128_store64_lane(p, wasm_f32x4_demote_f64x2_zero(a.v), 0); }
inline void put(float *p, Doubles a, One) { wasm_v128_store32_lane(p, wasm_f32x4_demote_f64x2_zero(a.v), 0); }

// Neighbouring vectors of neurons, stored together where the elements allow.
template <int V> inline void putAll(float *p, const Doubles (&a)[V], Two lanes) {
  int v = 0;
  for (; v + 2 <= V; v += 2)
    wasm_v128_store(p + 2 * v, wasm_i64x2_shuffle(wasm_f32x4_demote_f64x2_zero(a[v].v),
                                                  wasm_f32x4_demote_f64x2_zero(a[v + 1].v), 0, 2));
  for (; v < V; v++) put(p + 2 * v, a[v], lanes);
}
template <int V, class T, class Lanes> inline void putAll(T *p, const Doubles (&a)[V], Lanes lanes) {
  for (int v = 0; v < V; v++) put(p + 2 * v, a[v], lanes);
}

constexpr int vectors = 4;

// W x of V vectors of neurons from l on, for R rows of t from the first on.
template <int R, int V, class Lanes> struct Along {
  Doubles z[R][V];
  Along(int m, int p, const double *t, const double *k, int l, Lanes lanes) {
    for (int i = 0; i < R; i++)
      for (int v = 0; v < V; v++) z[i][v] = splat(0.0);
    for (int j = 0; j < m; j++) {
      const double *kAt = k + j * p + l;
      for (int v = 0; v < V; v++) {
        const Doubles coefficient = take(kAt + 2 * v, lanes);
        for (int i = 0; i < R; i++) z[i][v] = madd(loadSplat(t + i * m + j), coefficient, z[i][v]);
      }
    }
  }
};

// body(l, z, lanes) for blocks of neurons that cover all P, in order.
template <int R, class Body> inline void eachNeuron(int m, int p, const double *t, const double *k, Body body) {
  int l = 0;
  for (; l + 2 * vectors <= p; l += 2 * vectors) body(l, Along<R, vectors, Two>(m, p, t, k, l, Two{}), Two{});
  for (; l + 2 <= p; l += 2) body(l, Along<R, 1, Two>(m, p, t, k, l, Two{}), Two{});
  if (l < p) body(l, Along<R, 1, One>(m, p, t, k, l, One{}), One{});
}

template <int R, class T>
inline void activateRows(int m, int p, const double *t, const double *k, const double *biases, T *result) {
  eachNeuron<R>(m, p, t, k, [&](int l, auto along, auto lanes) {
    constexpr int count = sizeof(along.z[0]) / sizeof(Doubles);
    for (int i = 0; i < R; i++) {
      Doubles plus[count], minus[count];
      for (int v = 0; v < count; v++) {
        plus[v] = positivePart(along.z[i][v] + take(biases + l + 2 * v, lanes));
        minus[v] = positivePart(take(biases + p + l + 2 * v, lanes) - along.z[i][v]);
      }
      putAll(result + 2 * i * p + l, plus, lanes);
      putAll(result + (2 * i + 1) * p + l, minus, lanes);
    }
  });
}

template <class T>
inline void activate(int rows, int m, int p, const double *t, const double *k, const double *biases, T *result) {
  int i = 0;
  for (; i + 2 <= rows; i += 2) activateRows<2>(m, p, t + i * m, k, biases, result + 2 * i * p);
  if (i < rows) activateRows<1>(m, p, t + i * m, k, biases, result + 2 * i * p);
}

// Σ_l s_l k_jl for R rows of slopes, P apart, and N points from the first on; the results are m apart.
template <int R, int N> inline void backRows(int m, int p, const double *slopes, const double *k, double *result) {
  Doubles sums[R][N];
  for (int i = 0; i < R; i++)
    for (int j = 0; j < N; j++) sums[i][j] = splat(0.0);
  int l = 0;
  for (; l + 2 <= p; l += 2) {
    Doubles slope[R];
    for (int i = 0; i < R; i++) slope[i] = load(slopes + i * p + l);
    for (int j = 0; j < N; j++) {
      const Doubles coefficient = load(k + j * p + l);
      for (int i = 0; i < R; i++) sums[i][j] = madd(slope[i], coefficient, sums[i][j]);
    }
  }
  for (int i = 0; i < R; i++)
    for (int j = 0; j < N; j++)
      result[i * m + j] = sum(sums[i][j]) + (l < p ? slopes[i * p + l] * k[j * p + l] : 0);
}

template <int R>
inline void differentiateRows(int m, int p, const double *t, const double *k, const double *biases,
                              const double *second, double *slopes, double *outputs, double *result) {
  Doubles output[R];
  for (int i = 0; i < R; i++) output[i] = splat(0.0);
  eachNeuron<R>(m, p, t, k, [&](int l, auto along, auto lanes) {
    constexpr int count = sizeof(along.z[0]) / sizeof(Doubles);
    for (int v = 0; v < count; v++) {
      const int at = l + 2 * v;
      const Doubles upBias = take(biases + at, lanes), downBias = take(biases + p + at, lanes);
      const Doubles upWeight = take(second + at, lanes), downWeight = take(second + p + at, lanes);
      for (int i = 0; i < R; i++) {
        const Doubles plus = along.z[i][v] + upBias, minus = downBias - along.z[i][v];
        const Doubles up = where(positive(plus), upWeight), down = where(positive(minus), downWeight);
        output[i] = madd(up, plus, madd(down, minus, output[i]));
        put(slopes + i * p + at, up - down, lanes);
      }
    }
  });
  for (int i = 0; i < R; i++) outputs[i] = sum(output[i]);
  int j = 0;
  for (; j + 4 <= m; j += 4) backRows<R, 4>(m, p, slopes, k + j * p, result + j);
  for (; j < m; j++) backRows<R, 1>(m, p, slopes, k + j * p, result + j);
}

} // namespace

extern "C" {

// σ(W x + b), rows × 2P.
__attribute__((export_name("activateSingle"))) void activateSingle(int rows, int m, int p, const double *t,
                                                                   const double *k, const double *biases,
                                                                   float *result) {
  activate(rows, m, p, t, k, biases, result);
}
__attribute__((export_name("activateDouble"))) void activateDouble(int rows, int m, int p, const double *t,
                                                                   const double *k, const double *biases,
                                                                   double *result) {
  activate(rows, m, p, t, k, biases, result);
}

// The output f = a·σ(W x + b) of every row, and K times its slopes s_l = a_l 1[z_l + b_l > 0] − a_{l+P} 1[b_{l+P} − z_l > 0]
// by the projections z = W x: rows × M. `slopes` has room for 2P numbers.
__attribute__((export_name("differentiate"))) void differentiate(int rows, int m, int p, const double *t,
                                                                 const double *k, const double *biases,
                                                                 const double *second, double *slopes, double *outputs,
                                                                 double *result) {
  int i = 0;
  for (; i + 2 <= rows; i += 2)
    differentiateRows<2>(m, p, t + i * m, k, biases, second, slopes, outputs + i, result + i * m);
  if (i < rows) differentiateRows<1>(m, p, t + i * m, k, biases, second, slopes, outputs + i, result + i * m);
}
}
