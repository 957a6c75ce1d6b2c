#include "variants.h"

#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)
static int runs_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
}
static int runs_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
}
#endif

const ms_kernels *ms_kernels_at(size_t i) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (runs_avx512() && i-- == 0) return &ms_kernels_avx512;
    if (runs_avx2() && i-- == 0) return &ms_kernels_avx2;
#endif
    return i == 0 ? &ms_kernels_baseline : NULL;
}

size_t ms_kernels_count(void) {
    size_t n = 0;
    while (ms_kernels_at(n)) n++;
    return n;
}

const ms_kernels *ms_kernels_best(void) { return ms_kernels_at(0); }

const ms_kernels *ms_kernels_named(const char *name) {
    const ms_kernels *k;
    for (size_t i = 0; (k = ms_kernels_at(i)); i++)
        if (strcmp(k->name, name) == 0) return k;
    return NULL;
}

/* The tiles of a batch, or one tile; the lanes' state; three tallies of 16 bytes a frame. */
size_t ms_combine_scratch_bytes(size_t frames) { return ((64 + 3 * 16) * (frames + 16) + 80 * 1024) / 64 * 64 + 64; }

/* Hoare's selection with the middle of three as pivot; the last few by insertion. */
float ms_select(float *a, size_t n, size_t k) {
    size_t lo = 0, hi = n; /* the k-th smallest lies in [lo, hi) */
    while (hi - lo > 16) {
        const float x = a[lo], y = a[lo + (hi - lo) / 2], z = a[hi - 1];
        const float pivot = x < y ? (y < z ? y : x < z ? z : x) : (x < z ? x : y < z ? z : y);
        size_t i = lo, j = hi - 1;
        for (;;) {
            while (a[i] < pivot) i++;
            while (a[j] > pivot) j--;
            if (i >= j) break;
            const float t = a[i];
            a[i] = a[j];
            a[j] = t;
            i++;
            j--;
        }
        /* [lo, i) <= pivot; [j + 1, hi) >= pivot; i is j or j + 1 */
        if (k <= j && j + 1 < hi) hi = j + 1;
        else if (k >= i && i > lo) lo = i;
        else return a[k];
    }
    for (size_t i = lo + 1; i < hi; i++) {
        const float x = a[i];
        size_t j = i;
        for (; j > lo && a[j - 1] > x; j--) a[j] = a[j - 1];
        a[j] = x;
    }
    return a[k];
}
