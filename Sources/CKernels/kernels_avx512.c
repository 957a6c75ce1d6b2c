#include "variants.h"

#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#pragma clang attribute push(__attribute__((min_vector_width(512))), apply_to = function)
#define V(name) name##_avx512
#define W 16
#define VARIANT_NAME "avx512"
#include "kernels_body.h"
#pragma clang attribute pop
#pragma clang attribute pop
#endif
