#define EXTRA_RULES_HEADER "reject_nth.h"
#define EXTRA_RULES &rule_nth,
#define ms_kernels_baseline test_kernels_baseline
#include "../../Sources/CKernels/kernels_baseline.c"
