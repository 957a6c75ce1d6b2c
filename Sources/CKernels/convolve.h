/* Resampling by kernels of up to MS_MOST_TAPS pixels an axis: along columns into float64, then along rows. */

/* The rows' weighted sum. `taps` is a constant where this is inlined. Writes up to W - 1 values beyond n. */
INLINE void V(convolve_rows)(const float *rows, size_t stride, const double *weights, const uint32_t taps, double *out,
                             size_t n) {
#define STEP(LOAD)                                                                                                     \
    vd sum = widen(LOAD(rows + i)) * weights[0];                                                                    \
    for (uint32_t k = 1; k < taps; k++) sum += widen(LOAD(rows + k * stride + i)) * weights[k];                                  \
    store_vd(out + i, sum);
    size_t i = 0;
    for (; i + W <= n; i += W) {
        STEP(load_vf)
    }
    if (i < n) {
        STEP(LOAD_REST)
    }
#undef STEP
}

/* The weighted sum along a row, rounded. Reads up to W - 1 values beyond the last tap's. */
INLINE void V(convolve_columns)(const double *row, const double *weights, const uint32_t taps, float *out, size_t n) {
#define STEP(STORE)                                                                                                    \
    vd sum = load_vd(row + i) * weights[0];                                                                            \
    for (uint32_t k = 1; k < taps; k++) sum += load_vd(row + i + k) * weights[k];                                      \
    STORE(out + i, finite_vf(narrow(sum)));
    size_t i = 0;
    for (; i + W <= n; i += W) {
        STEP(store_vf)
    }
    if (i < n) {
        STEP(STORE_REST)
    }
#undef STEP
}

static void V(convolve)(const float *rows, size_t stride, const ms_taps *taps, double *room, float *out, size_t n) {
    const size_t wide = n + taps->columns - 1;
#define FOR_TAPS(N, CALL)                                                                                              \
    switch (N) {                                                                                                       \
        case 1: CALL(1); break;                                                                                        \
        case 4: CALL(4); break;                                                                                        \
        case 6: CALL(6); break;                                                                                        \
        case 8: CALL(8); break;                                                                                        \
        default: CALL(N);                                                                                              \
    }
#define ROWS(N) V(convolve_rows)(rows, stride, taps->y, N, room, wide)
#define COLUMNS(N) V(convolve_columns)(room, taps->x, N, out, n)
    FOR_TAPS(taps->rows, ROWS)
    FOR_TAPS(taps->columns, COLUMNS)
#undef FOR_TAPS
#undef ROWS
#undef COLUMNS
}
