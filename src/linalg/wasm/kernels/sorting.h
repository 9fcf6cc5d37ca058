// Orders indices by the values that they point at.
#pragma once

// Heap sort: ascending values, equal ones in order of index.
inline void sortIndices(int count, const double *values, int *indices) {
  auto after = [&](int a, int b) { return values[a] > values[b] || (values[a] == values[b] && a > b); };
  auto sink = [&](int root, int size) {
    for (int child; (child = 2 * root + 1) < size; root = child) {
      if (child + 1 < size && after(indices[child + 1], indices[child])) child++;
      if (!after(indices[child], indices[root])) return;
      exchange(indices[child], indices[root]);
    }
  };
  for (int i = count / 2 - 1; i >= 0; i--) sink(i, count);
  for (int size = count - 1; size > 0; size--) {
    exchange(indices[0], indices[size]);
    sink(0, size);
  }
}
