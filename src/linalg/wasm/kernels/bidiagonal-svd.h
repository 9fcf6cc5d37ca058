// Singular vectors of an upper bidiagonal matrix by divide and conquer (Gu and Eisenstat 1995).
#pragma once
#include "tridiagonal-eigen.h"

template <class T> class BidiagonalSvd {
public:
  // d (order) becomes the singular values, in the order of the vectors; e has order − 1. Left and right vectors are
  // the rows of u and w (order × order each); `copy`, `turns` and `distances` have the same size.
  BidiagonalSvd(int order, double *d, const double *e, T *u, T *w, T *copy, T *turns, double *distances)
      : order(order), d(d), e(e), u(u), w(w), copy(copy), turns(turns), distances(distances) {}

  void run(Team &team, Arena arena) {
    Range part = team.share(order);
    for (int i = part.start; i < part.end; i++) {
      for (int j = 0; j < order; j++) u[i * order + j] = w[i * order + j] = i == j ? T(1) : T(0);
    }
    diagonal = arena.take<double>(order);
    if (team.leads()) {
      for (int i = 0; i < order; i++) diagonal[i] = d[i];
    }
    Task *tasks = arena.take<Task>(team.count * (order + 1)) + team.id * (order + 1);
    const int count = list({0, order, 0}, tasks, 0);
    char *scratch = arena.take<char>(team.count * soloScratch) + team.id * soloScratch;
    team.barrier();
    team.each(count, [&](int task) {
      Team solo = Team::solo();
      conquer(solo, Arena(scratch, scratch + soloScratch), tasks[task], 0);
    });
    team.barrier();
    conquer(team, arena, {0, order, 0}, soloOrder + 1);
  }

private:
  static constexpr int soloScratch = 1 << 21;
  // `rows` rows from `start` on, and `extra` (0 or 1) more columns than rows.
  struct Task {
    int start, rows, extra;
    int half() const { return rows / 2; }
    // All rows but the middle one, which couples them.
    Task upper() const { return {start, half(), 1}; }
    Task lower() const { return {start + half() + 1, rows - half() - 1, extra}; }
  };

  const int order;
  double *const d;
  const double *const e;
  T *const u, *const w, *const copy, *const turns;
  double *const distances;
  double *diagonal = nullptr;

  static int list(Task task, Task *tasks, int count) {
    if (task.rows <= soloOrder) {
      tasks[count] = task;
      return count + 1;
    }
    return list(task.lower(), tasks, list(task.upper(), tasks, count));
  }

  void conquer(Team &team, Arena arena, Task task, int smallest) {
    if (task.rows < 1 || task.rows < smallest) return;
    conquer(team, arena, task.upper(), smallest);
    conquer(team, arena, task.lower(), smallest);
    join(team, arena, task);
  }

  // Rows `start` … of the joined problem: element i < half comes from the upper part, half is the middle row with the
  // upper part's null vector, the rest come from the lower part; its null vector, if any, stands behind the last.
  __attribute__((noinline)) void join(Team &team, Arena arena, Task task) {
    const int start = task.start, half = task.half(), rows = task.rows, cols = rows + task.extra;
    const Basis<T> left{{u + start * order + start, order, 1}, rows};
    const Basis<T> right{{w + start * order + start, order, 1}, cols};
    const double alpha = diagonal[start + half];
    const double beta = half + 1 < cols ? e[start + half] : 0;
    // Zero blocks are given a norm far below every rounding error, so that nothing is divided by zero.
    double norm = greatest(greatest(absolute(alpha), absolute(beta)), 0x1p-900);
    for (int i = 0; i < rows; i++) {
      if (i != half) norm = greatest(norm, d[start + i]);
    }
    const double scale = powerOfTwo(norm);
    JoinedProblem problem(arena, team, rows);
    auto weight = [&](int i) {
      return i <= half ? alpha / scale * right.rows(i, half) : beta / scale * right.rows(i, half + 1);
    };
    for (int i = 0; i < rows; i++) {
      problem.d[i] = i == half ? 0 : d[start + i] / scale;
      problem.z[i] = weight(i);
      problem.support[i] = i == half ? Support::both : i < half ? Support::first : Support::second;
    }
    problem.sort();
    const double extraWeight = task.extra ? weight(rows) : 0;
    team.barrier();

    const double tolerance = 4 * double(Format<T>::epsilon) * norm / scale;
    const Range leftColumns = team.share(rows), rightColumns = team.share(cols);
    double &z = problem.z[half];
    if (task.extra) {
      const double length = hypotenuse(z, extraWeight);
      if (length > tolerance) right.rotate(rightColumns, half, rows, z / length, extraWeight / length);
      z = length;
    }
    if (absolute(z) <= tolerance) z = withSign(tolerance, z);
    problem.deflate(tolerance, tolerance, true, half, [&](int a, int b, double c, double s) {
      left.rotate(leftColumns, a, b, c, s);
      right.rotate(rightColumns, a, b, c, s);
    });
    double *values = arena.take<double>(problem.kept);
    solveSecular(team, arena, problem, tolerance / 2, start, values);
    const int kept = problem.kept;
    T *const turnsRight = (T *)(distances + start * order);
    const int stride = kept * int(sizeof(double) / sizeof(T));
    problem.combine(team, arena, left, half + 1, rowMajor((const T *)turns + start * order, kept), copy + start * order);
    problem.combine(team, arena, right, half + 1, View<const T>{turnsRight, stride, 1}, copy + start * order);
    if (team.leads()) {
      for (int i = 0; i < rows; i++) {
        d[start + i] = scale * (i < kept ? values[i] : problem.d[problem.order[i]]);
      }
    }
    team.barrier();
  }

  // The singular values, and the vectors in grouped order: right ones in place of the distances, left ones in `turns`.
  void solveSecular(Team &team, Arena arena, const JoinedProblem &problem, double least2, int start, double *values) {
    const int kept = problem.kept;
    double *gaps = distances + start * order;
    double *weights = arena.take<double>(kept);
    double *poles = arena.take<double>(team.count * kept) + team.id * kept;
    double *z = arena.take<double>(team.count * kept) + team.id * kept;
    double *squares = arena.take<double>(team.count * kept) + team.id * kept;
    for (int i = 0; i < kept; i++) {
      poles[i] = problem.d[problem.order[i]];
      z[i] = problem.z[problem.order[i]];
      squares[i] = z[i] * z[i];
    }
    // The first pole is zero, and the next must not be.
    if (kept > 1) poles[1] = greatest(poles[1], least2);
    const SecularEquation equation{kept, poles, squares, 1, true};
    constexpr int chunk = 8;
    team.each((kept + chunk - 1) / chunk, [&](int unit) {
      for (int j = unit * chunk; j < least(kept, unit * chunk + chunk); j++) {
        int origin;
        const double shift = equation.solve(j, origin, gaps + j * kept);
        const double pole = poles[origin];
        // √(pole² + shift) without cancellation.
        values[j] = pole + shift / (pole + root(greatest(0.0, pole * pole + shift)));
      }
    });
    team.barrier();
    exactWeights(team, equation, gaps, z, weights);
    team.barrier();
    double *rightVector = squares, *leftVector = z;
    Range mine = team.share(kept);
    for (int j = mine.start; j < mine.end; j++) {
      double *row = gaps + j * kept;
      double rightTotal = 0, leftTotal = 0;
      for (int g = 0; g < kept; g++) {
        const int i = problem.grouped[g];
        const double value = weights[i] / row[i];
        rightVector[g] = value;
        leftVector[g] = i == 0 ? -1 : poles[i] * value;
        rightTotal += value * value;
        leftTotal += leftVector[g] * leftVector[g];
      }
      const double rightLength = root(rightTotal), leftLength = root(leftTotal);
      T *rightTurned = (T *)row, *leftTurned = turns + start * order + j * kept;
      for (int g = 0; g < kept; g++) {
        rightTurned[g] = T(rightVector[g] / rightLength);
        leftTurned[g] = T(leftVector[g] / leftLength);
      }
    }
    team.barrier();
  }
};
