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

/* ---- combine, plain ---- */

static void V(sort)(float *a, size_t n) {
    size_t gap = 1;
    while (gap < n / 3) gap = gap * 3 + 1;
    for (; gap > 0; gap /= 3)
        for (size_t i = gap; i < n; i++) {
            const float x = a[i];
            size_t j = i;
            for (; j >= gap && a[j - gap] > x; j -= gap) a[j] = a[j - gap];
            a[j] = x;
        }
}

INLINE double V(middle)(const float *a, size_t n) {
    return n & 1 ? (double)a[n / 2] : ((double)a[n / 2 - 1] + (double)a[n / 2]) * 0.5;
}

INLINE double V(mad)(const float *a, size_t n, double c) {
    const size_t keep = (n + 1) / 2;
    size_t i = 0, top = n - keep;
    while (i < top) {
        const size_t mid = (i + top) / 2;
        if (c - (double)a[mid] > (double)a[mid + keep] - c) i = mid + 1;
        else top = mid;
    }
    const double left = __builtin_fabs((double)a[i] - c), right = __builtin_fabs((double)a[i + keep - 1] - c);
    const double d = left > right ? left : right;
    if (n & 1) return d;
    double e = __builtin_inf();
    if (i > 0) e = __builtin_fabs((double)a[i - 1] - c);
    if (i + keep < n) {
        const double f = __builtin_fabs((double)a[i + keep] - c);
        e = f < e ? f : e;
    }
    return (d + e) * 0.5;
}

static void V(combine)(const float *columns, size_t frames, size_t groups, void *scratch, const ms_combine_params *p,
                       const ms_combine_out *o) {
    float *a = scratch;
    for (size_t g = 0; g < groups; g++)
        for (size_t lane = 0; lane < MS_LANES; lane++) {
            const float *x = columns + g * frames * MS_LANES + lane;
            const size_t at = g * MS_LANES + lane;
            size_t n = 0;
            for (size_t f = 0; f < frames; f++)
                if (x[f * MS_LANES] == x[f * MS_LANES]) a[n++] = x[f * MS_LANES] + 0.0f;
            const int none = p->reject == MS_REJECT_NONE;
            double sum = 0;
            if (none)
                for (size_t i = 0; i < n; i++) sum += (double)a[i];
            double square = 0;
            if (none && o->uncertainty) {
                const double mean = sum / (double)n;
                for (size_t i = 0; i < n; i++) square += ((double)a[i] - mean) * ((double)a[i] - mean);
            }
            V(sort)(a, n);
            size_t lo = 0, hi = n;
            double c = 0;
            if (!none) {
                for (uint32_t k = 0; hi > lo && (p->max_iterations == 0 || k < p->max_iterations); k++) {
                    const size_t m = hi - lo;
                    double mean = 0, d = 0;
                    if (p->center == MS_CENTER_MEAN || p->deviation == MS_DEVIATION_STD) {
                        for (size_t i = lo; i < hi; i++) mean += (double)a[i];
                        mean /= (double)m;
                    }
                    c = p->center == MS_CENTER_MEAN ? mean : V(middle)(a + lo, m);
                    if (p->deviation == MS_DEVIATION_STD) {
                        for (size_t i = lo; i < hi; i++) d += ((double)a[i] - mean) * ((double)a[i] - mean);
                        d = __builtin_elementwise_sqrt(d / (double)m);
                    } else {
                        d = 1.482602218505602 * V(mad)(a + lo, m, c);
                    }
                    d = d > p->floor ? d : p->floor;
                    const double lower = c - p->low * d, upper = c + p->high * d;
                    size_t newLo = lo, newHi = hi;
                    while (newLo < hi && (double)a[newLo] < lower) newLo++;
                    while (newHi > newLo && (double)a[newHi - 1] > upper) newHi--;
                    if (newLo == lo && newHi == hi) break;
                    lo = newLo;
                    hi = newHi;
                }
                while (hi - lo < p->min_keep && hi - lo < n) {
                    const double left = lo > 0 ? __builtin_fabs((double)a[lo - 1] - c) : __builtin_inf();
                    const double right = hi < n ? __builtin_fabs((double)a[hi] - c) : __builtin_inf();
                    const double d = left < right ? left : right;
                    while (lo > 0 && __builtin_fabs((double)a[lo - 1] - c) <= d) lo--;
                    while (hi < n && __builtin_fabs((double)a[hi] - c) <= d) hi++;
                }
                for (size_t i = lo; i < hi; i++) sum += (double)a[i];
                if (o->uncertainty) {
                    const double mean = sum / (double)(hi - lo);
                    for (size_t i = lo; i < hi; i++) square += ((double)a[i] - mean) * ((double)a[i] - mean);
                }
            }
            const size_t m = hi - lo;
            const double mean = sum / (double)m;
            const float fill = p->fill;
            if (o->average) o->average[at] = m ? (float)mean : fill;
            if (o->median) o->median[at] = m ? (float)V(middle)(a + lo, m) : fill;
            if (o->sum) o->sum[at] = m ? (float)(mean * (double)p->frames_used) : fill;
            if (o->sum_raw) o->sum_raw[at] = m ? (float)sum : fill;
            if (o->minimum) o->minimum[at] = m ? a[lo] : fill;
            if (o->maximum) o->maximum[at] = m ? a[hi - 1] : fill;
            if (o->uncertainty)
                o->uncertainty[at] = m > 1 ? (float)(__builtin_elementwise_sqrt(square / (double)(m - 1)) / __builtin_elementwise_sqrt((double)m))
                                     : m   ? __builtin_nanf("")
                                           : fill;
            if (o->count) o->count[at] = (int32_t)m;
            if (o->rejected_low) o->rejected_low[at] = (int32_t)lo;
            if (o->rejected_high) o->rejected_high[at] = (int32_t)(n - hi);
            for (size_t f = 0; f < frames; f++) {
                const float v = x[f * MS_LANES];
                if (v != v) continue;
                if (o->frame_valid) o->frame_valid[f]++;
                if (o->frame_rejected_low && lo > 0 && v <= a[lo - 1] && !(m && v >= a[lo])) o->frame_rejected_low[f]++;
                if (o->frame_rejected_high && hi < n && v >= a[hi] && !(m && v <= a[hi - 1])) o->frame_rejected_high[f]++;
            }
        }
}

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
