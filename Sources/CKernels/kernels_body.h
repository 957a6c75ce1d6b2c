/* The body of one variant: included by kernels_*.c with V(name) defined. */

/* NaN for what is not finite, +0 for -0. */
INLINE float V(finite)(float r) { return r - r == 0.0f ? r + 0.0f : __builtin_nanf(""); }

INLINE float V(physical)(double v, const ms_decode_params *p, uint32_t flags) {
    int bad = 0;
    if (flags & MS_DECODE_LOW) bad |= v < p->low;
    if (flags & MS_DECODE_HIGH) bad |= v > p->high;
    if (flags & MS_DECODE_NO_DATA) bad |= v == p->no_data;
    return bad ? __builtin_nanf("") : V(finite)((float)v);
}

#define DECODE_INTEGER(NAME, TYPE, SIZE, LOAD, IS_BLANK)                                                               \
    static void V(NAME)(const uint8_t *raw, float *out, size_t n, const ms_decode_params *p) {                         \
        const double bscale = p->bscale, bzero = p->bzero;                                                             \
        const uint32_t flags = p->flags;                                                                               \
        for (size_t i = 0; i < n; i++) {                                                                               \
            TYPE r = LOAD(raw + i * SIZE);                                                                             \
            float f = V(physical)(bzero + bscale * (double)r, p, flags);                                               \
            if ((flags & MS_DECODE_BLANK) && (IS_BLANK)) f = __builtin_nanf("");                                       \
            out[i] = f;                                                                                                \
        }                                                                                                              \
    }
#define DECODE_REAL(NAME, TYPE, SIZE, LOAD)                                                                            \
    static void V(NAME)(const uint8_t *raw, float *out, size_t n, const ms_decode_params *p) {                         \
        const double bscale = p->bscale, bzero = p->bzero;                                                             \
        const uint32_t flags = p->flags;                                                                               \
        for (size_t i = 0; i < n; i++) {                                                                               \
            TYPE r = LOAD(raw + i * SIZE);                                                                             \
            out[i] = V(physical)(bzero + bscale * (double)r, p, flags);                                                \
        }                                                                                                              \
    }

DECODE_INTEGER(decode_u8, uint8_t, 1, load_u8, (int64_t)r == p->blank)
DECODE_INTEGER(decode_s16, int16_t, 2, load_i16, (int64_t)r == p->blank)
DECODE_INTEGER(decode_u16, uint16_t, 2, load_u16, (int64_t)r == p->blank || (int64_t)(int16_t)r == p->blank)
DECODE_INTEGER(decode_i32, int32_t, 4, load_i32, (int64_t)r == p->blank)
DECODE_INTEGER(decode_i64_scaled, int64_t, 8, load_i64, r == p->blank)
DECODE_REAL(decode_f32, float, 4, load_f32)
DECODE_REAL(decode_f64, double, 8, load_f64)

static void V(decode_i16)(const uint8_t *raw, float *out, size_t n, const ms_decode_params *p) {
    if (p->flags & MS_DECODE_UNSIGNED) V(decode_u16)(raw, out, n, p);
    else V(decode_s16)(raw, out, n, p);
}

static void V(decode_i64)(const uint8_t *raw, float *out, size_t n, const ms_decode_params *p) {
    const double bzero = p->bzero;
    const uint32_t flags = p->flags;
    if (p->bscale != 1.0 || !(bzero >= -0x1p64 && bzero <= 0x1p64) || (double)(__int128)bzero != bzero) {
        V(decode_i64_scaled)(raw, out, n, p);
        return;
    }
    const __int128 zero = (__int128)bzero;
    for (size_t i = 0; i < n; i++) {
        const int64_t r = load_i64(raw + i * 8);
        const __int128 exact = (__int128)r + zero;
        const float seen = V(physical)((double)exact, p, flags);
        const int blank = (flags & MS_DECODE_BLANK) && r == p->blank;
        out[i] = blank || seen != seen ? __builtin_nanf("") : (float)exact;
    }
}

static void V(bilinear_x)(const float *row, float w0, float w1, float *out, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = V(finite)(w0 * row[i] + w1 * row[i + 1]);
}

static void V(bilinear_y)(const float *row0, const float *row1, float w0, float w1, float *out, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = V(finite)(w0 * row0[i] + w1 * row1[i]);
}

static void V(bilinear_xy)(const float *row0, const float *row1, float w00, float w10, float w01, float w11, float *out,
                           size_t n) {
    for (size_t i = 0; i < n; i++)
        out[i] = V(finite)((w00 * row0[i] + w10 * row0[i + 1]) + (w01 * row1[i] + w11 * row1[i + 1]));
}

static void V(normalise)(float *x, size_t n, double scale, double offset) {
    for (size_t i = 0; i < n; i++) x[i] = V(finite)((float)((double)x[i] * scale + offset));
}

static void V(scatter)(const float *row, size_t n, float *columns, size_t frame, size_t frames) {
    float *out = columns + frame * MS_LANES;
    size_t i = 0;
    for (; i + MS_LANES <= n; i += MS_LANES, out += frames * MS_LANES)
        for (size_t k = 0; k < MS_LANES; k++) out[k] = row[i + k];
    if (i < n)
        for (size_t k = 0; k < MS_LANES; k++) out[k] = i + k < n ? row[i + k] : __builtin_nanf("");
}

static void V(accumulate_sum)(const float *row, size_t n, double *sum, int32_t *count) {
    for (size_t i = 0; i < n; i++) {
        const int ok = row[i] == row[i];
        sum[i] += ok ? (double)row[i] : 0.0;
        count[i] += ok;
    }
}

static void V(accumulate_min)(const float *row, size_t n, float *value, int32_t *count) {
    for (size_t i = 0; i < n; i++) value[i] = row[i] >= value[i] || row[i] != row[i] ? value[i] : row[i] + 0.0f;
    if (count)
        for (size_t i = 0; i < n; i++) count[i] += row[i] == row[i];
}

static void V(accumulate_max)(const float *row, size_t n, float *value, int32_t *count) {
    for (size_t i = 0; i < n; i++) value[i] = row[i] <= value[i] || row[i] != row[i] ? value[i] : row[i] + 0.0f;
    if (count)
        for (size_t i = 0; i < n; i++) count[i] += row[i] == row[i];
}

#include "simd.h"
#include "sort.h"
#include "combine.h"

const ms_kernels V(ms_kernels) = {
    .name = VARIANT_NAME,
    .decode_u8 = V(decode_u8),
    .decode_i16 = V(decode_i16),
    .decode_i32 = V(decode_i32),
    .decode_i64 = V(decode_i64),
    .decode_f32 = V(decode_f32),
    .decode_f64 = V(decode_f64),
    .bilinear_x = V(bilinear_x),
    .bilinear_y = V(bilinear_y),
    .bilinear_xy = V(bilinear_xy),
    .normalise = V(normalise),
    .scatter = V(scatter),
    .combine = V(combine),
    .accumulate_sum = V(accumulate_sum),
    .accumulate_min = V(accumulate_min),
    .accumulate_max = V(accumulate_max),
};
