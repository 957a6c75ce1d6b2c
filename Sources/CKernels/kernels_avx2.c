#include "variants.h"

#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define V(name) name##_avx2
#define W 8
#define VARIANT_NAME "avx2"
#include "kernels_body.h"
#pragma clang attribute pop
#endif
