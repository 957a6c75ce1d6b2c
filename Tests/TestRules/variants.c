#include "TestRules.h"

#include <string.h>

extern const ms_kernels test_kernels_avx512, test_kernels_avx2, test_kernels_baseline;

const ms_kernels *test_kernels_at(size_t i) {
    const ms_kernels *like = ms_kernels_at(i);
    if (!like) return NULL;
#if defined(__x86_64__)
    if (strcmp(like->name, "avx512") == 0) return &test_kernels_avx512;
    if (strcmp(like->name, "avx2") == 0) return &test_kernels_avx2;
#endif
    return &test_kernels_baseline;
}
