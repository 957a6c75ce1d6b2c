#define EXTRA_RULES_HEADER "reject_nth.h"
#define EXTRA_RULES &rule_nth,
#define ms_kernels_avx512 test_kernels_avx512
#include "../../Sources/CKernels/kernels_avx512.c"
