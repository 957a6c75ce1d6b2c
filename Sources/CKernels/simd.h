/* Vectors of W float lanes, W being the variant's own width. Everything that takes or gives a vector is inlined: a
 * vector wider than the target's registers may not be passed to a call. */
#pragma clang diagnostic ignored "-Wpsabi" /* nothing is passed: all is inlined */

typedef float vf __attribute__((ext_vector_type(W)));
typedef double vd __attribute__((ext_vector_type(W)));
typedef int32_t vi __attribute__((ext_vector_type(W)));
typedef __typeof__((vd){0} < (vd){0}) vl; /* int64_t, by whatever name comparisons give it */
typedef int8_t vb __attribute__((ext_vector_type(W)));
typedef vf vf_unaligned __attribute__((aligned(4)));
typedef vd vd_unaligned __attribute__((aligned(8)));
typedef vi vi_unaligned __attribute__((aligned(4)));

INLINE vf load_vf(const float *p) { return *(const vf_unaligned *)p; }
INLINE void store_vf(float *p, vf v) { *(vf_unaligned *)p = v; }
INLINE vi load_vi(const int32_t *p) { return *(const vi_unaligned *)p; }
INLINE void store_vi(int32_t *p, vi v) { *(vi_unaligned *)p = v; }
INLINE vd load_vd(const double *p) { return *(const vd_unaligned *)p; }
INLINE void store_vd(double *p, vd v) { *(vd_unaligned *)p = v; }

INLINE vd widen(vf v) { return __builtin_convertvector(v, vd); }
INLINE vf narrow(vd v) { return __builtin_convertvector(v, vf); }
INLINE vl widen_mask(vi m) { return __builtin_convertvector(m, vl); }
INLINE vi narrow_mask(vl m) { return __builtin_convertvector(m, vi); }

/* One instruction each on x86, where the second operand is given when one is NaN or both are equal. */
INLINE vf min_vf(vf a, vf b) { return a < b ? a : b; }
INLINE vf max_vf(vf a, vf b) { return a > b ? a : b; }
INLINE vd min_vd(vd a, vd b) { return a < b ? a : b; }
INLINE vd max_vd(vd a, vd b) { return a > b ? a : b; }
INLINE vi min_vi(vi a, vi b) { return a < b ? a : b; }
INLINE vi max_vi(vi a, vi b) { return a > b ? a : b; }

/* NaN for what is not finite, +0 for -0. */
INLINE vf finite_vf(vf r) { return r - r == 0.0f ? r + 0.0f : (vf)__builtin_nanf(""); }

/* A mask as one bit a lane, and back. */
INLINE uint16_t lane_bits(vi m) {
#if W == 16 && defined(__x86_64__)
    return (uint16_t)_mm512_movepi32_mask((__m512i)m);
#elif W == 8 && defined(__x86_64__)
    return (uint16_t)_mm256_movemask_ps((__m256)m);
#else
    uint16_t bits = 0;
    for (int k = 0; k < W; k++) bits |= (uint16_t)((m[k] != 0) << k);
    return bits;
#endif
}

INLINE vi bit_lanes(uint16_t bits) {
    vi one;
    for (int k = 0; k < W; k++) one[k] = 1 << k;
    return ((vi)(int32_t)bits & one) != 0;
}

INLINE int any(vi m) { return __builtin_reduce_or(m) != 0; }
INLINE int32_t least(vi v) { return __builtin_reduce_min(v); }
INLINE int32_t greatest(vi v) { return __builtin_reduce_max(v); }

/* The lanes' own samples base[at[lane]]. */
INLINE vf gather(const float *base, vi at) {
#if W == 16 && defined(__x86_64__)
    return (vf)_mm512_i32gather_ps((__m512i)at, base, 4);
#else
    vf v;
    for (int k = 0; k < W; k++) v[k] = base[at[k]];
    return v;
#endif
}

/* Writes the values of the lanes that are set one behind the other (room for W) and gives their number. */
INLINE size_t select_lanes(int32_t *to, vi set, vi values) {
#if W == 16 && defined(__x86_64__)
    const __mmask16 mask = _mm512_movepi32_mask((__m512i)set);
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(mask, (__m512i)values));
    return (size_t)__builtin_popcount(mask);
#else
    size_t n = 0;
    for (int k = 0; k < W; k++) {
        to[n] = values[k];
        n += set[k] != 0;
    }
    return n;
#endif
}

/* Adds W samples to running sums, no data being skipped; counts them where `count` is not NULL. Gives the valid ones. */
INLINE vi add_up(double *sum, int32_t *count, vf x) {
    const vi valid = x == x;
    store_vd(sum, load_vd(sum) + widen(valid ? x : (vf)0.0f));
    if (count) store_vi(count, load_vi(count) - valid);
    return valid;
}

/* The same for fewer than W; gives the number of valid ones. */
INLINE size_t add_up_some(double *sum, int32_t *count, const float *x, size_t n) {
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        const int valid = x[i] == x[i];
        sum[i] += valid ? (double)x[i] : 0.0;
        if (count) count[i] += valid;
        total += (size_t)valid;
    }
    return total;
}

/* Sum of the lanes. */
INLINE size_t total(vi v) { return (size_t)__builtin_reduce_add(v); }
