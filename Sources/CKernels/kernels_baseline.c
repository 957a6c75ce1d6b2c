#include "variants.h"

#pragma STDC FP_CONTRACT OFF

#define V(name) name##_baseline
#define W 4
#if defined(__aarch64__)
#define VARIANT_NAME "neon"
#else
#define VARIANT_NAME "baseline"
#endif
#include "kernels_body.h"
