/* Kernels along rows: resampling, normalisation, scatter, accumulators. Rows are done W at a time; the last few
 * samples go through buffers, so that there is one definition. */

INLINE vf load_some(const float *p, size_t n) {
    float samples[W] = {0};
    memcpy(samples, p, n * sizeof(float));
    return load_vf(samples);
}
INLINE void store_some(float *p, vf v, size_t n) {
    float samples[W];
    store_vf(samples, v);
    memcpy(p, samples, n * sizeof(float));
}

/* Runs STEP for each W samples from i on, with LOAD(pointer) and STORE(pointer, vector). */
#define ROW_LOOP(STEP)                                                                                                 \
    size_t i = 0;                                                                                                      \
    for (; i + W <= n; i += W) {                                                                                       \
        STEP(load_vf, store_vf)                                                                                        \
    }                                                                                                                  \
    if (i < n) {                                                                                                       \
        STEP(LOAD_REST, STORE_REST)                                                                                    \
    }
#define LOAD_REST(P) load_some(P, n - i)
#define STORE_REST(P, V) store_some(P, V, n - i)

static void V(bilinear_x)(const float *row, float w0, float w1, float *out, size_t n) {
#define STEP(LOAD, STORE) STORE(out + i, finite_vf(w0 * LOAD(row + i) + w1 * LOAD(row + i + 1)));
    ROW_LOOP(STEP)
#undef STEP
}

static void V(bilinear_y)(const float *row0, const float *row1, float w0, float w1, float *out, size_t n) {
#define STEP(LOAD, STORE) STORE(out + i, finite_vf(w0 * LOAD(row0 + i) + w1 * LOAD(row1 + i)));
    ROW_LOOP(STEP)
#undef STEP
}

static void V(bilinear_xy)(const float *row0, const float *row1, float w00, float w10, float w01, float w11, float *out,
                           size_t n) {
#define STEP(LOAD, STORE)                                                                                              \
    STORE(out + i, finite_vf((w00 * LOAD(row0 + i) + w10 * LOAD(row0 + i + 1)) +                                       \
                             (w01 * LOAD(row1 + i) + w11 * LOAD(row1 + i + 1))));
    ROW_LOOP(STEP)
#undef STEP
}

static void V(normalise)(float *x, size_t n, double scale, double offset) {
#define STEP(LOAD, STORE) STORE(x + i, finite_vf(narrow(widen(LOAD(x + i)) * scale + offset)));
    ROW_LOOP(STEP)
#undef STEP
}

static void V(normalise_each)(float *x, size_t n, double scale, const double *offsets) {
    size_t i = 0;
    for (; i + W <= n; i += W)
        store_vf(x + i, finite_vf(narrow(widen(load_vf(x + i)) * scale + load_vd(offsets + i))));
    if (i < n) {
        double rest[W] = {0};
        memcpy(rest, offsets + i, (n - i) * sizeof(double));
        store_some(x + i, finite_vf(narrow(widen(load_some(x + i, n - i)) * scale + load_vd(rest))), n - i);
    }
}

static void V(scatter)(const float *row, size_t n, float *columns, size_t frame, size_t frames) {
    float *out = columns + frame * MS_LANES;
    size_t i = 0;
    for (; i + MS_LANES <= n; i += MS_LANES, out += frames * MS_LANES)
        for (size_t k = 0; k < MS_LANES; k += W) store_vf(out + k, load_vf(row + i + k));
    if (i < n)
        for (size_t k = 0; k < MS_LANES; k++) out[k] = i + k < n ? row[i + k] : __builtin_nanf("");
}

/* A resampled sample of row0 and row1 at i: what bilinear_xy, _x, _y give, or a copy. */
#define TAPS_XY(LOAD)                                                                                                  \
    finite_vf((w00 * LOAD(row0 + i) + w10 * LOAD(row0 + i + 1)) + (w01 * LOAD(row1 + i) + w11 * LOAD(row1 + i + 1)))
#define TAPS_X(LOAD) finite_vf(w00 * LOAD(row0 + i) + w10 * LOAD(row0 + i + 1))
#define TAPS_Y(LOAD) finite_vf(w00 * LOAD(row0 + i) + w01 * LOAD(row1 + i))
#define TAPS_NONE(LOAD) LOAD(row0 + i)

/* Resampling, normalisation and scatter in one pass: the values of bilinear_x, _y or _xy (or a copy), then normalise,
 * then scatter. */
static void V(resample_columns)(const float *row0, const float *row1, const ms_resample_params *p, size_t n,
                                float *columns, size_t frame, size_t frames) {
    float *out = columns + frame * MS_LANES;
    const size_t stride = frames * MS_LANES;
    const float w00 = p->w00, w10 = p->w10, w01 = p->w01, w11 = p->w11;
    const double scale = p->scale, offset = p->offset;
    const int normalised = scale != 1.0 || offset != 0.0;
#define TO (out + i / MS_LANES * stride + i % MS_LANES)
#define RUN                                                                                                            \
    if (normalised) {                                                                                                  \
        ROW_LOOP(STEP_NORMALISED)                                                                                      \
    } else {                                                                                                           \
        ROW_LOOP(STEP_PLAIN)                                                                                           \
    }
#define STEP_NORMALISED(LOAD, STORE)                                                                                   \
    const vf f = FORMULA(LOAD);                                                                                        \
    STORE(TO, finite_vf(narrow(widen(f) * scale + offset)));
#define STEP_PLAIN(LOAD, STORE)                                                                                        \
    const vf f = FORMULA(LOAD);                                                                                        \
    STORE(TO, f);
    if (p->taps == MS_TAPS_XY) {
#define FORMULA TAPS_XY
        RUN
#undef FORMULA
    } else if (p->taps == MS_TAPS_X) {
#define FORMULA TAPS_X
        RUN
#undef FORMULA
    } else if (p->taps == MS_TAPS_Y) {
#define FORMULA TAPS_Y
        RUN
#undef FORMULA
    } else {
#define FORMULA TAPS_NONE
        RUN
#undef FORMULA
    }
#undef RUN
#undef STEP_NORMALISED
#undef STEP_PLAIN
#undef TO
    for (; n % MS_LANES != 0; n++) out[n / MS_LANES * stride + n % MS_LANES] = __builtin_nanf("");
}

/* Resampling, normalisation and accumulation in one pass: the values of resample_columns, added up. */
static size_t V(resample_sum)(const float *row0, const float *row1, const ms_resample_params *p, size_t n, double *sum,
                              int32_t *count) {
    const float w00 = p->w00, w10 = p->w10, w01 = p->w01, w11 = p->w11;
    const double scale = p->scale, offset = p->offset;
    const int normalised = scale != 1.0 || offset != 0.0;
    size_t valid = 0;
#define NORMALISED(LOAD) finite_vf(narrow(widen(FORMULA(LOAD)) * scale + offset))
#define LOOP(VALUE)                                                                                                    \
    vi in = 0;                                                                                                         \
    size_t i = 0;                                                                                                      \
    for (; i + W <= n; i += W) in -= add_up(sum + i, count ? count + i : NULL, VALUE(load_vf));                        \
    valid = total(in);                                                                                                 \
    if (i < n) {                                                                                                       \
        float rest[W];                                                                                                 \
        store_vf(rest, VALUE(LOAD_REST));                                                                              \
        valid += add_up_some(sum + i, count ? count + i : NULL, rest, n - i);                                          \
    }
#define RUN                                                                                                            \
    if (normalised) {                                                                                                  \
        LOOP(NORMALISED)                                                                                               \
    } else {                                                                                                           \
        LOOP(FORMULA)                                                                                                  \
    }
    if (p->taps == MS_TAPS_XY) {
#define FORMULA TAPS_XY
        RUN
#undef FORMULA
    } else if (p->taps == MS_TAPS_X) {
#define FORMULA TAPS_X
        RUN
#undef FORMULA
    } else if (p->taps == MS_TAPS_Y) {
#define FORMULA TAPS_Y
        RUN
#undef FORMULA
    } else {
#define FORMULA TAPS_NONE
        RUN
#undef FORMULA
    }
#undef RUN
#undef LOOP
#undef NORMALISED
    return valid;
}

static size_t V(accumulate_sum)(const float *row, size_t n, double *sum, int32_t *count) {
    vi valid = 0;
    size_t i = 0;
    for (; i + W <= n; i += W) valid -= add_up(sum + i, count ? count + i : NULL, load_vf(row + i));
    return total(valid) + add_up_some(sum + i, count ? count + i : NULL, row + i, n - i);
}

INLINE size_t count_valid(const float *row, size_t n, int32_t *count) {
    size_t i = 0;
    vi valid = 0;
    for (; i + W <= n; i += W) {
        const vf x = load_vf(row + i);
        valid -= x == x;
        if (count) store_vi(count + i, load_vi(count + i) - (x == x));
    }
    size_t all = total(valid);
    for (; i < n; i++) {
        const int in = row[i] == row[i];
        if (count) count[i] += in;
        all += (size_t)in;
    }
    return all;
}

/* x < value holds for neither NaN; a value that is NaN takes any x. */
static size_t V(accumulate_min)(const float *row, size_t n, float *value, int32_t *count) {
#define STEP(LOAD, STORE)                                                                                              \
    const vf x = LOAD(row + i), v = LOAD(value + i);                                                                   \
    STORE(value + i, ((x < v) | (v != v)) ? x + 0.0f : v);
    ROW_LOOP(STEP)
#undef STEP
    return count_valid(row, n, count);
}

static size_t V(accumulate_max)(const float *row, size_t n, float *value, int32_t *count) {
#define STEP(LOAD, STORE)                                                                                              \
    const vf x = LOAD(row + i), v = LOAD(value + i);                                                                   \
    STORE(value + i, ((x > v) | (v != v)) ? x + 0.0f : v);
    ROW_LOOP(STEP)
#undef STEP
    return count_valid(row, n, count);
}

static void V(average_of)(const double *sum, const int32_t *count, int32_t base, size_t n, double factor, float fill,
                          float *out) {
    for (size_t i = 0; i < n; i += W) {
        const size_t k = n - i < W ? n - i : W;
        vd s;
        vi c;
        if (k == W) {
            s = load_vd(sum + i), c = load_vi(count + i) + base;
        } else {
            s = 0.0, c = base;
            for (size_t j = 0; j < k; j++) s[j] = sum[i + j], c[j] = count[i + j] + base;
        }
        const vf a = c > 0 ? narrow(s / __builtin_convertvector(c, vd) * factor) + 0.0f : (vf)fill;
        if (k == W) store_vf(out + i, a);
        else store_some(out + i, a, k);
    }
}

/* Big-endian words, as a FITS file has them. */
static void V(encode_32)(const void *values, size_t n, uint8_t *out) {
    const uint8_t *const from = values;
    size_t i = 0;
    for (; i + W <= n; i += W) {
        const vu32 v = bits_u32(from + i * 4);
        memcpy(out + i * 4, &v, sizeof v);
    }
    for (; i < n; i++) {
        uint32_t v;
        memcpy(&v, from + i * 4, sizeof v);
        v = __builtin_bswap32(v);
        memcpy(out + i * 4, &v, sizeof v);
    }
}

static void V(encode_16)(const int32_t *values, size_t n, uint8_t *out) {
    size_t i = 0;
    for (; i + W <= n; i += W) {
        vu16 v = __builtin_convertvector((vu32)load_vi(values + i), vu16);
        v = v << 8 | v >> 8;
        memcpy(out + i * 2, &v, sizeof v);
    }
    for (; i < n; i++) {
        const uint16_t v = __builtin_bswap16((uint16_t)values[i]);
        memcpy(out + i * 2, &v, sizeof v);
    }
}
