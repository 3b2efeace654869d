// Prints the nanoseconds of one getppid(), the median of nine batches: how fast the machine is at this moment. Shared machines have slow
// phases of half a minute, in which every figure is worthless (docs/performance.md).
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { kBatches = 9, kCalls = 20000 };

static int by_value(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

int main(void) {
  double ns[kBatches];
  for (int batch = 0; batch < kBatches; batch++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < kCalls; i++) syscall(SYS_getppid);
    clock_gettime(CLOCK_MONOTONIC, &to);
    ns[batch] = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / kCalls;
  }
  qsort(ns, kBatches, sizeof ns[0], by_value);
  printf("%.0f\n", ns[kBatches / 2]);
  return 0;
}
