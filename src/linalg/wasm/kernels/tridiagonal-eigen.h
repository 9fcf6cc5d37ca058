// Eigenvectors of a symmetric tridiagonal matrix by divide and conquer (Cuppen 1981, Gu and Eisenstat 1995).
#pragma once
#include "deflation.h"

// Subproblems up to this order are solved whole by one thread each.
constexpr int soloOrder = 160;

template <class T> class TridiagonalEigen {
public:
  // d (order) and e (order − 1) are overwritten; d becomes the eigenvalues, in the order of the eigenvectors, which
  // are the rows of `vectors` (order × order). `copy` has the same size, `distances` too.
  TridiagonalEigen(int order, double *d, double *e, T *vectors, T *copy, double *distances)
      : order(order), d(d), e(e), vectors(vectors), copy(copy), distances(distances) {}

  void run(Team &team, Arena arena) {
    Range part = team.share(order);
    for (int i = part.start; i < part.end; i++) {
      T *row = vectors + i * order;
      for (int j = 0; j < order; j++) row[j] = i == j ? T(1) : T(0);
    }
    if (team.leads()) {
      // Every coupling is torn off as a rank-one matrix |e|·v·vᵀ, v = (…, 1, ±1, …).
      for (int i = 0; i + 1 < order; i++) {
        d[i] -= absolute(e[i]);
        d[i + 1] -= absolute(e[i]);
      }
    }
    team.barrier();
    int *starts = arena.take<int>(team.count * (order + 1)) + team.id * (order + 1);
    const int tasks = list(0, order, starts, 0);
    starts[tasks] = order;
    char *scratch = arena.take<char>(team.count * soloScratch) + team.id * soloScratch;
    team.barrier();
    team.each(tasks, [&](int task) {
      Team solo = Team::solo();
      conquer(solo, Arena(scratch, scratch + soloScratch), starts[task], starts[task + 1] - starts[task], 1);
    });
    team.barrier();
    conquer(team, arena, 0, order, soloOrder + 1);
  }

private:
  static constexpr int soloScratch = 1 << 21;
  const int order;
  double *const d, *const e;
  T *const vectors, *const copy;
  double *const distances;

  // First rows of the subproblems of at most soloOrder.
  static int list(int start, int size, int *starts, int count) {
    if (size <= soloOrder) {
      starts[count] = start;
      return count + 1;
    }
    count = list(start, size / 2, starts, count);
    return list(start + size / 2, size - size / 2, starts, count);
  }

  // Joins subproblems from the given order on; smaller ones have been solved.
  void conquer(Team &team, Arena arena, int start, int size, int smallest) {
    if (size < 2 || size < smallest) return;
    conquer(team, arena, start, size / 2, smallest);
    conquer(team, arena, start + size / 2, size - size / 2, smallest);
    join(team, arena, start, size / 2, size);
  }

  __attribute__((noinline)) void join(Team &team, Arena arena, int start, int half, int size) {
    const Basis<T> basis{{vectors + start * order + start, order, 1}, size};
    JoinedProblem problem(arena, team, size);
    const double coupling = e[start + half - 1];
    double rho = 2 * absolute(coupling), norm = rho, longest = 0;
    for (int i = 0; i < size; i++) norm = greatest(norm, absolute(d[start + i]));
    if (norm == 0) return;
    const double scale = powerOfTwo(norm);
    rho /= scale;
    for (int i = 0; i < size; i++) {
      problem.d[i] = d[start + i] / scale;
      const double end = i < half ? basis.rows(i, half - 1) : withSign(1.0, coupling) * basis.rows(i, half);
      problem.z[i] = end * root(0.5);
      problem.support[i] = i < half ? Support::first : Support::second;
      longest = greatest(longest, absolute(problem.z[i]));
    }
    problem.sort();
    team.barrier();
    const Range columns = team.share(size);
    const double tolerance = 4 * double(Format<T>::epsilon) * greatest(norm / scale, longest);
    problem.deflate(tolerance / rho, tolerance, false, -1,
                    [&](int a, int b, double c, double s) { basis.rotate(columns, a, b, c, s); });
    const int kept = problem.kept;
    double *roots = arena.take<double>(kept);
    double *gaps = distances + start * order;
    if (kept > 0) solveSecular(team, arena, problem, rho, gaps, roots);
    team.barrier();
    const View<const T> turns{(const T *)gaps, kept * int(sizeof(double) / sizeof(T)), 1};
    problem.combine(team, arena, basis, half, turns, copy + start * order);
    if (team.leads()) {
      for (int i = 0; i < size; i++) d[start + i] = scale * (i < kept ? roots[i] : problem.d[problem.order[i]]);
    }
    team.barrier();
  }

  // The roots, and in place of the distances the normalised vectors, one per row, with elements in grouped order.
  static void solveSecular(Team &team, Arena arena, const JoinedProblem &problem, double rho, double *gaps,
                           double *roots) {
    const int kept = problem.kept;
    double *weights = arena.take<double>(kept);
    double *poles = arena.take<double>(team.count * kept) + team.id * kept;
    double *z = arena.take<double>(team.count * kept) + team.id * kept;
    double *squares = arena.take<double>(team.count * kept) + team.id * kept;
    for (int i = 0; i < kept; i++) {
      poles[i] = problem.d[problem.order[i]];
      z[i] = problem.z[problem.order[i]];
      squares[i] = z[i] * z[i];
    }
    const SecularEquation equation{kept, poles, squares, 1 / rho, false};
    constexpr int chunk = 8;
    team.each((kept + chunk - 1) / chunk, [&](int unit) {
      for (int j = unit * chunk; j < least(kept, unit * chunk + chunk); j++) {
        int origin;
        const double shift = equation.solve(j, origin, gaps + j * kept);
        roots[j] = poles[origin] + shift;
      }
    });
    team.barrier();
    exactWeights(team, equation, gaps, z, weights);
    team.barrier();
    double *vector = squares;
    Range rows = team.share(kept);
    for (int j = rows.start; j < rows.end; j++) {
      double *row = gaps + j * kept;
      double total = 0;
      for (int g = 0; g < kept; g++) {
        const int i = problem.grouped[g];
        vector[g] = weights[i] / row[i];
        total += vector[g] * vector[g];
      }
      const double length = root(total);
      T *turned = (T *)row;
      for (int g = 0; g < kept; g++) turned[g] = T(vector[g] / length);
    }
  }
};
