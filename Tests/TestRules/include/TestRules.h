/* The kernels with one rule more, for tests: a SAMPLE rule, which MotionStack has none of yet. */
#ifndef TESTRULES_H
#define TESTRULES_H

#include "CKernels.h"

/* As ms_kernels_at gives them: those that this processor can run, best first; NULL beyond. */
const ms_kernels *test_kernels_at(size_t i);

#endif
