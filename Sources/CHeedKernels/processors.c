// The mask of processors is an extension of GNU and Linux.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "heed_kernels.h"

#if defined(__linux__)
#include <sched.h>

size_t heed_bound_processor_count(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? (size_t)CPU_COUNT(&set) : 0;
}
#else
size_t heed_bound_processor_count(void) { return 0; }
#endif
