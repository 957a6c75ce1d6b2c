/* What the variants share. Contraction is off here and in every file: with it the variants would differ. */
#ifndef VARIANTS_H
#define VARIANTS_H

#include "CKernels.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline, unused))

extern const ms_kernels ms_kernels_avx512, ms_kernels_avx2, ms_kernels_baseline;

#endif
