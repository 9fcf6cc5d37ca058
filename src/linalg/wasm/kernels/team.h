// Single program, many threads: every routine that takes a Team is entered by all of its threads with the same
// arguments, and ends with a barrier, so that its results are visible to all of them.
#pragma once
#include "simd.h"

struct Rendezvous {
  int arrived, generation, sleepers, ticket;
};

struct Range {
  int start, end;
};

class Team {
public:
  const int id, count;

  Team(int id, int count, Rendezvous *rendezvous) : id(id), count(count), at(rendezvous) {}
  // One thread on its own, which waits for nobody.
  static Team solo() { return Team(0, 1, nullptr); }

  bool leads() const { return id == 0; }

  void barrier() {
    if (count == 1) return;
    int generation = __atomic_load_n(&at->generation, __ATOMIC_SEQ_CST);
    if (__atomic_add_fetch(&at->arrived, 1, __ATOMIC_SEQ_CST) == count) {
      __atomic_store_n(&at->arrived, 0, __ATOMIC_SEQ_CST);
      __atomic_add_fetch(&at->generation, 1, __ATOMIC_SEQ_CST);
      if (__atomic_load_n(&at->sleepers, __ATOMIC_SEQ_CST) > 0) {
        __builtin_wasm_memory_atomic_notify(&at->generation, count);
      }
      return;
    }
    for (int spin = 0; spin < spins; spin++) {
      if (__atomic_load_n(&at->generation, __ATOMIC_SEQ_CST) != generation) return;
    }
    __atomic_add_fetch(&at->sleepers, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&at->generation, __ATOMIC_SEQ_CST) == generation) {
      __builtin_wasm_memory_atomic_wait32(&at->generation, generation, -1);
    }
    __atomic_sub_fetch(&at->sleepers, 1, __ATOMIC_SEQ_CST);
  }

  // Hands units 0 … units−1 to whichever thread is free; a unit must give the same bits on any of them.
  // A barrier must stand between two calls.
  template <class F> void each(int units, F unit) {
    if (count == 1) {
      for (int i = 0; i < units; i++) unit(i);
      return;
    }
    for (;;) {
      int i = __atomic_fetch_add(&at->ticket, 1, __ATOMIC_SEQ_CST) - issued;
      if (i >= units) break;
      unit(i);
    }
    // Every thread draws exactly one ticket in vain.
    issued += units + count;
  }

  // This thread's part of 0 … size−1, in multiples of `step`; the same for every call.
  Range share(int size, int step = 1) const {
    int steps = (size + step - 1) / step;
    int start = (int)((int64_t)steps * id / count) * step;
    int end = (int)((int64_t)steps * (id + 1) / count) * step;
    return {start, least(end, size)};
  }

  // Makes the tickets ready for the next operation.
  void disband() {
    barrier();
    if (count > 1 && leads()) __atomic_store_n(&at->ticket, 0, __ATOMIC_SEQ_CST);
  }

private:
  static constexpr int spins = 20000;
  Rendezvous *at;
  int issued = 0;
};
