// A mirrored first layer [W; −W] whose P rows are combinations of M points, W = Kᵀ X̃, on a tile of examples known by
// their products with the points, t: rows × M.
#include "../../../linalg/wasm/kernels/simd.h"

namespace {

// a where it is not below zero: one instruction, and NaN stays.
inline Floats positivePart(Floats a) { return {wasm_f32x4_pmax(a.v, wasm_f32x4_splat(0))}; }
inline Doubles positivePart(Doubles a) { return {wasm_f64x2_pmax(a.v, wasm_f64x2_splat(0))}; }
// a where the condition's bits are set, else zero.
template <class T> inline Vec<T> where(v128_t condition, Vec<T> a) { return {wasm_v128_and(a.v, condition)}; }
inline v128_t positive(Floats a) { return wasm_f32x4_gt(a.v, wasm_f32x4_splat(0)); }
inline v128_t positive(Doubles a) { return wasm_f64x2_gt(a.v, wasm_f64x2_splat(0)); }

// As many neighbouring neurons as a vector has, or one.
struct Full {};
struct One {};
template <class T> inline Vec<T> take(const T *p, Full) { return load(p); }
inline Floats take(const float *p, One) { return {wasm_v128_load32_zero(p)}; }
inline Doubles take(const double *p, One) { return {wasm_v128_load64_zero(p)}; }
template <class T> inline void put(T *p, Vec<T> a, Full) { store(p, a); }
inline void put(float *p, Floats a, One) { wasm_v128_store32_lane(p, a.v, 0); }
inline void put(double *p, Doubles a, One) { wasm_v128_store64_lane(p, a.v, 0); }

constexpr int vectors = 4;

// W x of V vectors of neurons from l on, for R rows of t from the first on.
template <class T, int R, int V, class Lanes> struct Along {
  static constexpr int count = V;
  Vec<T> z[R][V];
  Along(int m, int p, const T *t, const T *k, int l, Lanes lanes) {
    for (int i = 0; i < R; i++)
      for (int v = 0; v < V; v++) z[i][v] = splat(T(0));
    for (int j = 0; j < m; j++) {
      const T *kAt = k + j * p + l;
      for (int v = 0; v < V; v++) {
        const Vec<T> coefficient = take(kAt + Vec<T>::width * v, lanes);
        for (int i = 0; i < R; i++) z[i][v] = madd(loadSplat(t + i * m + j), coefficient, z[i][v]);
      }
    }
  }
};

// body(l, z, lanes) for blocks of neurons that cover all P, in order.
template <int R, class T, class Body> inline void eachNeuron(int m, int p, const T *t, const T *k, Body body) {
  constexpr int width = Vec<T>::width;
  int l = 0;
  for (; l + width * vectors <= p; l += width * vectors)
    body(l, Along<T, R, vectors, Full>(m, p, t, k, l, Full{}), Full{});
  for (; l + width <= p; l += width) body(l, Along<T, R, 1, Full>(m, p, t, k, l, Full{}), Full{});
  for (; l < p; l++) body(l, Along<T, R, 1, One>(m, p, t, k, l, One{}), One{});
}

template <int R, class T>
inline void activateRows(int m, int p, const T *t, const T *k, const T *biases, int stride, T *result) {
  eachNeuron<R>(m, p, t, k, [&](int l, auto along, auto lanes) {
    for (int i = 0; i < R; i++) {
      T *plus = result + i * stride + l, *minus = plus + p;
      for (int v = 0; v < along.count; v++) {
        const int at = Vec<T>::width * v;
        put(plus + at, positivePart(along.z[i][v] + take(biases + l + at, lanes)), lanes);
        put(minus + at, positivePart(take(biases + p + l + at, lanes) - along.z[i][v]), lanes);
      }
    }
  });
}

template <class T>
inline void activate(int rows, int m, int p, const T *t, const T *k, const T *biases, int stride, T *result) {
  int i = 0;
  for (; i + 2 <= rows; i += 2) activateRows<2>(m, p, t + i * m, k, biases, stride, result + i * stride);
  if (i < rows) activateRows<1>(m, p, t + i * m, k, biases, stride, result + i * stride);
}

// Σ_l s_l k_jl for R rows of slopes, P apart, and N points from the first on; the results are m apart.
template <int R, int N, class T> inline void backRows(int m, int p, const T *slopes, const T *k, T *result) {
  Vec<T> sums[R][N];
  for (int i = 0; i < R; i++)
    for (int j = 0; j < N; j++) sums[i][j] = splat(T(0));
  int whole = 0;
  for (; whole + Vec<T>::width <= p; whole += Vec<T>::width) {
    Vec<T> slope[R];
    for (int i = 0; i < R; i++) slope[i] = load(slopes + i * p + whole);
    for (int j = 0; j < N; j++) {
      const Vec<T> coefficient = load(k + j * p + whole);
      for (int i = 0; i < R; i++) sums[i][j] = madd(slope[i], coefficient, sums[i][j]);
    }
  }
  for (int i = 0; i < R; i++)
    for (int j = 0; j < N; j++) {
      T total = sum(sums[i][j]);
      for (int l = whole; l < p; l++) total += slopes[i * p + l] * k[j * p + l];
      result[i * m + j] = total;
    }
}

template <int R, class T>
inline void differentiateRows(int m, int p, const T *t, const T *k, const T *biases, const T *second, T *slopes,
                              T *outputs, T *result) {
  Vec<T> output[R];
  for (int i = 0; i < R; i++) output[i] = splat(T(0));
  eachNeuron<R>(m, p, t, k, [&](int l, auto along, auto lanes) {
    for (int v = 0; v < along.count; v++) {
      const int at = l + Vec<T>::width * v;
      const Vec<T> upBias = take(biases + at, lanes), downBias = take(biases + p + at, lanes);
      const Vec<T> upWeight = take(second + at, lanes), downWeight = take(second + p + at, lanes);
      for (int i = 0; i < R; i++) {
        const Vec<T> plus = along.z[i][v] + upBias, minus = downBias - along.z[i][v];
        const Vec<T> up = where(positive(plus), upWeight), down = where(positive(minus), downWeight);
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

template <class T>
inline void differentiate(int rows, int m, int p, const T *t, const T *k, const T *biases, const T *second, T *slopes,
                          T *outputs, T *result) {
  int i = 0;
  for (; i + 2 <= rows; i += 2)
    differentiateRows<2>(m, p, t + i * m, k, biases, second, slopes, outputs + i, result + i * m);
  if (i < rows) differentiateRows<1>(m, p, t + i * m, k, biases, second, slopes, outputs + i, result + i * m);
}

template <int R>
inline void outputRows(int m, int p, const double *t, const double *k, const double *biases, const double *second,
                       double *outputs) {
  Doubles output[R];
  for (int i = 0; i < R; i++) output[i] = splat(0.0);
  eachNeuron<R>(m, p, t, k, [&](int l, auto along, auto lanes) {
    for (int v = 0; v < along.count; v++) {
      const int at = l + 2 * v;
      const Doubles upBias = take(biases + at, lanes), downBias = take(biases + p + at, lanes);
      const Doubles upWeight = take(second + at, lanes), downWeight = take(second + p + at, lanes);
      for (int i = 0; i < R; i++)
        output[i] = madd(upWeight, positivePart(along.z[i][v] + upBias),
                         madd(downWeight, positivePart(downBias - along.z[i][v]), output[i]));
    }
  });
  for (int i = 0; i < R; i++) outputs[i] = sum(output[i]);
}

} // namespace

extern "C" {

// σ(W x + b), 2P numbers in rows that are `stride` numbers apart.
__attribute__((export_name("activateSingle"))) void activateSingle(int rows, int m, int p, const float *t,
                                                                   const float *k, const float *biases, int stride,
                                                                   float *result) {
  activate(rows, m, p, t, k, biases, stride, result);
}
__attribute__((export_name("activateDouble"))) void activateDouble(int rows, int m, int p, const double *t,
                                                                   const double *k, const double *biases, int stride,
                                                                   double *result) {
  activate(rows, m, p, t, k, biases, stride, result);
}

// The output f = a·σ(W x + b) of every row.
__attribute__((export_name("output"))) void output(int rows, int m, int p, const double *t, const double *k,
                                                   const double *biases, const double *second, double *outputs) {
  int i = 0;
  for (; i + 2 <= rows; i += 2) outputRows<2>(m, p, t + i * m, k, biases, second, outputs + i);
  if (i < rows) outputRows<1>(m, p, t + i * m, k, biases, second, outputs + i);
}

// The output f = a·σ(W x + b) of every row, and K times its slopes s_l = a_l 1[z_l + b_l > 0] − a_{l+P} 1[b_{l+P} − z_l > 0]
// by the projections z = W x: rows × M. `slopes` has room for 2P numbers.
__attribute__((export_name("differentiateSingle"))) void differentiateSingle(int rows, int m, int p, const float *t,
                                                                             const float *k, const float *biases,
                                                                             const float *second, float *slopes,
                                                                             float *outputs, float *result) {
  differentiate(rows, m, p, t, k, biases, second, slopes, outputs, result);
}
__attribute__((export_name("differentiateDouble"))) void differentiateDouble(int rows, int m, int p, const double *t,
                                                                             const double *k, const double *biases,
                                                                             const double *second, double *slopes,
                                                                             double *outputs, double *result) {
  differentiate(rows, m, p, t, k, biases, second, slopes, outputs, result);
}
}
