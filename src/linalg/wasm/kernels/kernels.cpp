// What the WebAssembly module exports: every routine in float64 and float32. All threads of a team call the same
// routine with the same arguments, but for their id.
#include "cholesky.h"
#include "least-squares.h"
#include "lu.h"
#include "svd.h"
#include "symmetric-eigen.h"

namespace {

template <class T> View<const T> operand(const T *data, int cols, bool transposed) {
  View<const T> plain = rowMajor(data, cols);
  return transposed ? plain.transposed() : plain;
}

template <class T> int factorPositive(Team &team, Arena arena, int n, T *a) {
  int *minor = arena.take<int>(1);
  if (team.leads()) *minor = -1;
  team.barrier();
  cholesky<T>(team, arena, n, rowMajor(a, n), 0, minor);
  const int result = *minor;
  // Scratch memory is given back only when every thread has read it.
  team.barrier();
  return result;
}

template <class T> int choleskyFactor(Team &team, Arena arena, int n, T *a) {
  const int minor = factorPositive(team, arena, n, a);
  Range part = team.share(n);
  for (int i = part.start; i < part.end; i++) {
    for (int j = i + 1; j < n; j++) a[i * n + j] = 0;
  }
  return minor;
}

template <class T> int solvePositive(Team &team, Arena arena, int n, int sides, T *a, T *b) {
  const int minor = factorPositive(team, arena, n, a);
  if (minor >= 0) return minor;
  View<const T> factor = rowMajor((const T *)a, n);
  solveTriangle<T>(team, arena, n, sides, factor, true, false, rowMajor(b, sides));
  solveTriangle<T>(team, arena, n, sides, factor.transposed(), false, false, rowMajor(b, sides));
  return -1;
}

// q (rows × min) may share storage with a where rows ≥ cols; r is min × cols.
template <class T> void thinQr(Team &team, Arena arena, int rows, int cols, T *a, T *q, T *r) {
  const int rank = least(rows, cols);
  Reflections<T> reflections = factorQr<T>(team, arena, rows, cols, rank, rowMajor(a, cols));
  Range part = team.share(rank);
  for (int i = part.start; i < part.end; i++) {
    for (int j = 0; j < cols; j++) r[i * cols + j] = j < i ? T(0) : a[i * cols + j];
  }
  team.barrier();
  formQ<T>(team, arena, reflections, rowMajor(q, rank));
}

} // namespace

#define TEAM int id, int count, Rendezvous *rendezvous, char *scratch, char *end
#define BEGIN                                                                                                          \
  Team team(id, count, rendezvous);                                                                                    \
  Arena arena(scratch, end);
#define EXPORT(name) extern "C" __attribute__((export_name(name)))

#define KERNELS(T, suffix)                                                                                             \
  EXPORT("gemm_" suffix)                                                                                               \
  int gemm_##T(TEAM, int m, int n, int k, int transposeA, int transposeB, T alpha, const T *a, const T *b, T beta,      \
               T *c) {                                                                                                 \
    BEGIN gemm<T>(team, arena, m, n, k, alpha, operand(a, transposeA ? m : k, transposeA),                             \
                  operand(b, transposeB ? k : n, transposeB), beta, rowMajor(c, n));                                   \
    team.disband();                                                                                                    \
    return 0;                                                                                                          \
  }                                                                                                                    \
  EXPORT("syrk_" suffix)                                                                                               \
  int syrk_##T(TEAM, int n, int k, int transpose, int mirror, T alpha, const T *a, T beta, T *c) {                     \
    BEGIN View<const T> left = operand(a, transpose ? n : k, transpose);                                               \
    gemm<T>(team, arena, n, n, k, alpha, left, left.transposed(), beta, rowMajor(c, n), Region::lower);                \
    if (mirror) mirrorLower<T>(team, n, rowMajor(c, n));                                                               \
    team.disband();                                                                                                    \
    return 0;                                                                                                          \
  }                                                                                                                    \
  EXPORT("cholesky_" suffix)                                                                                           \
  int cholesky_##T(TEAM, int n, T *a) {                                                                                \
    BEGIN const int minor = choleskyFactor(team, arena, n, a);                                                         \
    team.disband();                                                                                                    \
    return minor;                                                                                                      \
  }                                                                                                                    \
  EXPORT("solve_positive_" suffix)                                                                                     \
  int solve_positive_##T(TEAM, int n, int sides, T *a, T *b) {                                                         \
    BEGIN const int minor = solvePositive(team, arena, n, sides, a, b);                                                \
    team.disband();                                                                                                    \
    return minor;                                                                                                      \
  }                                                                                                                    \
  EXPORT("solve_triangular_" suffix)                                                                                   \
  int solve_triangular_##T(TEAM, int n, int sides, int lower, int transpose, int unit, const T *t, T *b) {             \
    BEGIN solveTriangle<T>(team, arena, n, sides, operand(t, n, transpose), lower != transpose, unit,                  \
                           rowMajor(b, sides));                                                                        \
    team.disband();                                                                                                    \
    return 0;                                                                                                          \
  }                                                                                                                    \
  EXPORT("solve_" suffix)                                                                                              \
  int solve_##T(TEAM, int n, int sides, T *a, T *b) {                                                                  \
    BEGIN const int zero = solveGeneral<T>(team, arena, n, sides, rowMajor(a, n), rowMajor(b, sides));                 \
    team.disband();                                                                                                    \
    return zero;                                                                                                       \
  }                                                                                                                    \
  EXPORT("qr_" suffix)                                                                                                 \
  int qr_##T(TEAM, int rows, int cols, T *a, T *q, T *r) {                                                             \
    BEGIN thinQr(team, arena, rows, cols, a, q, r);                                                                    \
    team.disband();                                                                                                    \
    return 0;                                                                                                          \
  }                                                                                                                    \
  EXPORT("least_squares_" suffix)                                                                                      \
  int least_squares_##T(TEAM, int rows, int cols, int sides, double tolerance, T *a, T *b, T *x) {                     \
    BEGIN const int rank = leastSquares<T>(team, arena, rows, cols, sides, tolerance, a, b, x);                        \
    team.disband();                                                                                                    \
    return rank;                                                                                                       \
  }                                                                                                                    \
  EXPORT("eigen_symmetric_" suffix)                                                                                    \
  int eigen_symmetric_##T(TEAM, int n, T *a, T *values, T *vectors) {                                                  \
    BEGIN const bool done = symmetricEigen<T>(team, arena, n, a, values, vectors);                                     \
    team.disband();                                                                                                    \
    return done ? 0 : -1;                                                                                              \
  }                                                                                                                    \
  EXPORT("svd_" suffix)                                                                                                \
  int svd_##T(TEAM, int rows, int cols, T *a, T *values, T *u, T *vt) {                                                \
    BEGIN const bool done = singularValues<T>(team, arena, rows, cols, a, values, u, vt);                              \
    team.disband();                                                                                                    \
    return done ? 0 : -1;                                                                                              \
  }

KERNELS(double, "f64")
KERNELS(float, "f32")
