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

/* The tiles of a batch, or one tile; one tile more; the lanes' state; three tallies of 16 bytes a frame; three masks. */
size_t ms_combine_scratch_bytes(size_t frames) {
    return ((64 + 64 + 3 * 16 + 3 * 2) * (frames + 16) + 80 * 1024) / 64 * 64 + 64;
}

const ms_rule *ms_rule_at(size_t i) { return ms_kernels_baseline.rule_at(i); }

size_t ms_rule_named(const char *name) {
    const ms_rule *rule;
    for (size_t i = 0; (rule = ms_rule_at(i)); i++)
        if (strcmp(rule->name, name) == 0) return i;
    return SIZE_MAX;
}

double ms_median_variance(int32_t n) {
    static const double few[] = {1, 1, 0.5, 0.4487, 0.2982, 0.2868};
    if (n < 6) return few[n < 0 ? 0 : n];
    return 1.5707963267948966 / ((double)n + (n & 1 ? 0.5 : 1.38));
}

void ms_count_16(const uint8_t *raw, size_t n, int is_unsigned, uint32_t *bins) {
    const uint16_t flip = is_unsigned ? 0 : 0x8000;
    for (size_t i = 0; i < n; i++) bins[(uint16_t)((raw[2 * i] << 8 | raw[2 * i + 1]) ^ flip)]++;
}

/* Hoare's selection with the middle of three as pivot; the last few by insertion. */
static float select_of(float *a, size_t n, size_t k) {
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

/* Long columns are first narrowed to what lies between two bounds taken from a sample of them (after Floyd and Rivest,
 * 1975): what is within comes first, in one pass without branches. Gives how many are within; *below: how many are
 * less. */
static size_t narrow_down(float *a, size_t n, size_t k, size_t *below) {
    enum { SAMPLED = 1024, MARGIN = 64 }; /* four standard deviations of a rank in the sample */
    float sample[SAMPLED];
    for (size_t i = 0; i < SAMPLED; i++) sample[i] = a[i * n / SAMPLED];
    const size_t rank = k * SAMPLED / n;
    const float low = rank > MARGIN ? select_of(sample, SAMPLED, rank - MARGIN) : -__builtin_inff();
    const float high = rank + MARGIN < SAMPLED ? select_of(sample, SAMPLED, rank + MARGIN) : __builtin_inff();
    size_t within = 0, less = 0;
    for (size_t i = 0; i < n; i++) {
        const float x = a[i];
        a[i] = a[within];
        a[within] = x;
        within += (size_t)((x >= low) & (x <= high));
        less += (size_t)(x < low);
    }
    *below = less;
    return within;
}

enum { NARROWED_FROM = 8192 };

float ms_select(float *a, size_t n, size_t k) {
    if (n >= NARROWED_FROM) {
        size_t below;
        const size_t within = narrow_down(a, n, k, &below);
        if (k >= below && k - below < within) return select_of(a, within, k - below);
    }
    return select_of(a, n, k);
}

double ms_median(float *a, size_t n) {
    size_t low = (n - 1) / 2, high = n / 2;
    if (n >= NARROWED_FROM) {
        size_t below;
        const size_t within = narrow_down(a, n, low, &below);
        if (low >= below && high - below < within) n = within, low -= below, high -= below;
    }
    const double x = select_of(a, n, low);
    return low == high ? x : (x + select_of(a, n, high)) / 2;
}
