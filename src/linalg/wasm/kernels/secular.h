// Roots of the secular equation 1/rho + Σ zᵢ²/(pᵢ − λ) = 0 (Gu and Eisenstat 1994, Li 1993). A root is kept as its
// distances to all poles, which are accurate to the last bits even where the root itself cannot be.
#pragma once
#include "simd.h"

// Poles pᵢ are dᵢ, or dᵢ² where `squared`; d ascends strictly. squares are zᵢ² > 0.
struct SecularEquation {
  int count;
  const double *d, *squares;
  double inverseRho;
  bool squared;

  double gap(int i, int origin) const {
    const double difference = d[i] - d[origin];
    return squared ? difference * (d[i] + d[origin]) : difference;
  }

  // Finds root j, which lies above pole j: distances[i] ← pᵢ − λⱼ; returns λⱼ − p_origin.
  double solve(int j, int &origin, double *distances) const;

private:
  struct Value {
    // Sums over the poles to either side with their derivatives.
    double left, leftSlope, right, rightSlope;
    double total(double constant) const { return constant + left + right; }
  };

  static void sumTerms(const double *gaps, const double *squares, double shift, int start, int end, double &sum,
                       double &slope);
  Value evaluate(const double *gaps, double shift, int split) const;
};

__attribute__((noinline)) inline void SecularEquation::sumTerms(const double *gaps, const double *squares, double shift,
                                                                 int start, int end, double &total, double &slope) {
  Doubles sums[2] = {splat(0.0), splat(0.0)}, slopes[2] = {splat(0.0), splat(0.0)};
  const Doubles move = splat(shift), one = splat(1.0);
  int i = start;
  for (; i + 4 <= end; i += 4) {
#pragma unroll
    for (int v = 0; v < 2; v++) {
      const Doubles inverse = one / (load(gaps + i + 2 * v) - move);
      const Doubles term = load(squares + i + 2 * v) * inverse;
      sums[v] = sums[v] + term;
      slopes[v] = madd(term, inverse, slopes[v]);
    }
  }
  total = sum(sums[0] + sums[1]);
  slope = sum(slopes[0] + slopes[1]);
  for (; i < end; i++) {
    const double inverse = 1 / (gaps[i] - shift);
    total += squares[i] * inverse;
    slope += squares[i] * inverse * inverse;
  }
}

inline SecularEquation::Value SecularEquation::evaluate(const double *gaps, double shift, int split) const {
  Value value;
  sumTerms(gaps, squares, shift, 0, split, value.left, value.leftSlope);
  sumTerms(gaps, squares, shift, split, count, value.right, value.rightSlope);
  return value;
}

// The smaller (or, for `outer`, the larger) root of the two-pole model through value and slopes, as a step.
inline double modelStep(double value, double leftGap, double rightGap, double leftSlope, double rightSlope, bool outer) {
  const double c = value - leftGap * leftSlope - rightGap * rightSlope;
  const double a = (leftGap + rightGap) * value - leftGap * rightGap * (leftSlope + rightSlope);
  const double b = leftGap * rightGap * value;
  const double spread = root(absolute(a * a - 4 * b * c));
  if (outer) return a >= 0 ? (a + spread) / (2 * c) : 2 * b / (a - spread);
  return a <= 0 ? (a - spread) / (2 * c) : 2 * b / (a + spread);
}

inline double SecularEquation::solve(int j, int &origin, double *distances) const {
  double *gaps = distances;
  auto moveOrigin = [&](int pole) {
    origin = pole;
    for (int i = 0; i < count; i++) gaps[i] = gap(i, pole);
  };
  moveOrigin(j);
  const bool last = j == count - 1;
  // The last root has no pole to its right: the model's second pole is then pole j itself.
  const int split = last ? j : j + 1;
  double low, high, shift;
  Value at;
  if (last) {
    double weight = 0;
    for (int i = 0; i < count; i++) weight += squares[i];
    low = squares[j] / inverseRho;
    high = weight / inverseRho;
    shift = low + (high - low) / 2;
    at = evaluate(gaps, shift, split);
  } else {
    shift = high = gaps[j + 1] / 2;
    at = evaluate(gaps, shift, split);
    low = squares[j] / (inverseRho + at.right);
    if (at.total(inverseRho) < 0) {
      moveOrigin(j + 1);
      shift = low = gaps[j] / 2;
      high = squares[j + 1] / at.left;
    }
  }

  for (int step = 0; step < 200; step++) {
    const double value = at.total(inverseRho);
    const double noise = Format<double>::epsilon * (8 * (inverseRho + absolute(at.left) + absolute(at.right)) +
                                                    absolute(shift) * (at.leftSlope + at.rightSlope));
    if (!(absolute(value) > noise)) break;
    if (value < 0) {
      low = shift;
    } else {
      high = shift;
    }
    if (split == 0) break;
    const double leftGap = gaps[split - 1] - shift, rightGap = gaps[split] - shift;
    const double move = modelStep(value, leftGap, rightGap, at.leftSlope, at.rightSlope, last);
    double next = shift + (value * move < 0 ? move : -value / (at.leftSlope + at.rightSlope));
    if (!(next > low && next < high)) {
      // Far from zero on one scale: the geometric mean closes in faster.
      const double nearer = least(absolute(low), absolute(high)), farther = greatest(absolute(low), absolute(high));
      next = nearer > 0 && farther > 16 * nearer ? withSign(root(nearer) * root(farther), shift) : low + (high - low) / 2;
    }
    if (next == shift || !(next > low && next < high)) break;
    shift = next;
    at = evaluate(gaps, shift, split);
  }
  for (int i = 0; i < count; i++) distances[i] = gaps[i] - shift;
  return shift;
}
