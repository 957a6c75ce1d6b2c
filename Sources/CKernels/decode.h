/* decode: big-endian raw samples -> float32, W at a time, into a row or straight into column blocks. The last few
 * samples go through a buffer, so that there is one definition. */

typedef uint8_t vu8 __attribute__((ext_vector_type(W)));
typedef uint16_t vu16 __attribute__((ext_vector_type(W)));
typedef uint32_t vu32 __attribute__((ext_vector_type(W)));
typedef uint64_t vu64 __attribute__((ext_vector_type(W)));

INLINE vu8 bits_u8(const uint8_t *p) {
    vu8 v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE vu16 bits_u16(const uint8_t *p) {
    vu16 v;
    memcpy(&v, p, sizeof v);
    return v << 8 | v >> 8;
}
INLINE vu32 bits_u32(const uint8_t *p) {
    vu32 v;
    memcpy(&v, p, sizeof v);
    return v << 24 | (v & 0xff00u) << 8 | (v >> 8 & 0xff00u) | v >> 24;
}
INLINE vu64 bits_u64(const uint8_t *p) {
    vu64 v;
    memcpy(&v, p, sizeof v);
    v = v << 32 | v >> 32;
    v = (v & 0x0000ffff0000ffffu) << 16 | (v >> 16 & 0x0000ffff0000ffffu);
    return (v & 0x00ff00ff00ff00ffu) << 8 | (v >> 8 & 0x00ff00ff00ff00ffu);
}

/* What a call needs of its parameters; unset thresholds are such that they take nothing out. */
typedef struct {
    double bscale, bzero, low, high, noData;
    float lowest, highest, noDataFloat; /* the same thresholds for values that float32 holds exactly */
    uint64_t blank;                     /* the raw bits */
    int32_t zero;                       /* bzero of exact small integers */
} decode_rules;

INLINE float float_up(float f) { /* the next float32 above a finite one */
    uint32_t bits;
    f += 0.0f;
    memcpy(&bits, &f, sizeof f);
    bits = f >= 0.0f ? bits + 1 : bits - 1;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static decode_rules decode_rules_of(const ms_decode_params *p) {
    decode_rules r = {.bscale = p->bscale, .bzero = p->bzero};
    r.low = p->flags & MS_DECODE_LOW ? p->low : -__builtin_inf();
    r.high = p->flags & MS_DECODE_HIGH ? p->high : __builtin_inf();
    r.noData = p->flags & MS_DECODE_NO_DATA ? p->no_data : __builtin_nan("");
    r.lowest = (float)r.low, r.highest = (float)r.high, r.noDataFloat = (float)r.noData;
    if ((double)r.lowest < r.low) r.lowest = float_up(r.lowest);
    if ((double)r.highest > r.high) r.highest = -float_up(-r.highest);
    if ((double)r.noDataFloat != r.noData) r.noDataFloat = __builtin_nanf("");
    return r;
}

/* Exact float32 values through the thresholds. */
INLINE vf pass_exact(vf f, const decode_rules *r, int bounded) {
    if (!bounded) return finite_vf(f);
    const vi bad = (f < r->lowest) | (f > r->highest) | (f == r->noDataFloat);
    return bad ? (vf)__builtin_nanf("") : finite_vf(f);
}

/* Physical values through the thresholds, then rounded. */
INLINE vf pass_physical(vd raw, const decode_rules *r, int bounded) {
    const vd v = r->bzero + r->bscale * raw;
    const vf f = finite_vf(narrow(v));
    if (!bounded) return f;
    const vl bad = (v < r->low) | (v > r->high) | (v == r->noData);
    return narrow_mask(bad) ? (vf)__builtin_nanf("") : f;
}

enum { DECODE_PHYSICAL, DECODE_EXACT };

#define BLANKED(MASK, F) (blanked ? ((MASK) ? (vf)__builtin_nanf("") : (F)) : (F))

INLINE vf step_u8(const uint8_t *p, const decode_rules *r, int how, int bounded, int blanked) {
    const vi raw = __builtin_convertvector(bits_u8(p), vi);
    const vf f = how == DECODE_EXACT ? pass_exact(__builtin_convertvector(raw + r->zero, vf), r, bounded)
                                     : pass_physical(__builtin_convertvector(raw, vd), r, bounded);
    return BLANKED(raw == (int32_t)r->blank, f);
}
INLINE vf step_s16(const uint8_t *p, const decode_rules *r, int how, int bounded, int blanked) {
    typedef int16_t vs16 __attribute__((ext_vector_type(W)));
    const vi raw = __builtin_convertvector((vs16)bits_u16(p), vi);
    const vf f = how == DECODE_EXACT ? pass_exact(__builtin_convertvector(raw + r->zero, vf), r, bounded)
                                     : pass_physical(__builtin_convertvector(raw, vd), r, bounded);
    return BLANKED((raw & 0xffff) == (int32_t)r->blank, f);
}
INLINE vf step_u16(const uint8_t *p, const decode_rules *r, int how, int bounded, int blanked) {
    const vi raw = __builtin_convertvector(bits_u16(p), vi);
    const vf f = how == DECODE_EXACT ? pass_exact(__builtin_convertvector(raw + r->zero, vf), r, bounded)
                                     : pass_physical(__builtin_convertvector(raw, vd), r, bounded);
    return BLANKED(raw == (int32_t)r->blank, f);
}
INLINE vf step_i32(const uint8_t *p, const decode_rules *r, int how, int bounded, int blanked) {
    const vi raw = (vi)bits_u32(p);
    const vf f = pass_physical(__builtin_convertvector(raw, vd), r, bounded);
    return BLANKED(raw == (int32_t)(uint32_t)r->blank, f);
}
/* 64-bit integers: exact where scale and zero allow it, in integers of 128 bits. */
INLINE vf step_i64(const uint8_t *p, const decode_rules *r, int how, int bounded, int blanked) {
    const vl raw = (vl)bits_u64(p);
    vf f;
    if (how == DECODE_EXACT && r->bzero == 0.0) {
        const vd v = __builtin_convertvector(raw, vd);
        const vl bad = (v < r->low) | (v > r->high) | (v == r->noData);
        f = narrow_mask(bad) ? (vf)__builtin_nanf("") : __builtin_convertvector(raw, vf);
    } else if (how == DECODE_EXACT && r->bzero == 0x1p63) { /* unsigned */
        const vu64 lifted = (vu64)raw ^ 0x8000000000000000u;
        const vd v = __builtin_convertvector(lifted, vd);
        const vl bad = (v < r->low) | (v > r->high) | (v == r->noData);
        f = narrow_mask(bad) ? (vf)__builtin_nanf("") : __builtin_convertvector(lifted, vf);
    } else if (how == DECODE_EXACT) {
        const __int128 zero = (__int128)r->bzero;
        for (int k = 0; k < W; k++) {
            const __int128 exact = (__int128)raw[k] + zero;
            const double v = (double)exact;
            f[k] = v < r->low || v > r->high || v == r->noData ? __builtin_nanf("") : (float)exact;
        }
    } else {
        f = pass_physical(__builtin_convertvector(raw, vd), r, bounded);
    }
    return BLANKED(narrow_mask(raw == (int64_t)r->blank), f);
}
INLINE vf step_f32(const uint8_t *p, const decode_rules *r, int how, int bounded, int blanked) {
    const vf raw = (vf)bits_u32(p);
    return how == DECODE_EXACT ? pass_exact(raw, r, bounded) : pass_physical(widen(raw), r, bounded);
}
INLINE vf step_f64(const uint8_t *p, const decode_rules *r, int how, int bounded, int blanked) {
    return pass_physical((vd)bits_u64(p), r, bounded);
}

typedef vf (*decode_step)(const uint8_t *, const decode_rules *, int, int, int);

/* Where decoded samples go: into a row or column blocks, `groupStride` floats from one run of 16 samples to the next, or
 * with `sum` added up, and counted where `count` is not NULL. */
typedef struct {
    float *out;
    size_t groupStride;
    int fill; /* whether the rest of the last run is to be NaN; it is not touched else */
    double *sum;
    int32_t *count;
    size_t valid; /* samples that were added up */
} decode_sink;

INLINE void decode_run(const uint8_t *raw, size_t size, decode_sink *sink, size_t n, decode_step step,
                       const decode_rules *r, int how, int bounded, int blanked) {
    size_t i = 0;
    if (sink->sum) {
        double *const sum = sink->sum;
        int32_t *const count = sink->count;
        vi valid = 0;
        for (; i + W <= n; i += W)
            valid -= add_up(sum + i, count ? count + i : NULL, step(raw + i * size, r, how, bounded, blanked));
        sink->valid = total(valid);
        if (i < n) {
            uint8_t bytes[W * 8] = {0};
            float samples[W];
            memcpy(bytes, raw + i * size, (n - i) * size);
            store_vf(samples, step(bytes, r, how, bounded, blanked));
            sink->valid += add_up_some(sum + i, count ? count + i : NULL, samples, n - i);
        }
        return;
    }
    float *const out = sink->out;
    const size_t groupStride = sink->groupStride;
    for (; i + W <= n; i += W)
        store_vf(out + i / MS_LANES * groupStride + i % MS_LANES, step(raw + i * size, r, how, bounded, blanked));
    if (i < n) {
        uint8_t bytes[W * 8] = {0};
        float samples[W];
        memcpy(bytes, raw + i * size, (n - i) * size);
        store_vf(samples, step(bytes, r, how, bounded, blanked));
        memcpy(out + i / MS_LANES * groupStride + i % MS_LANES, samples, (n - i) * sizeof(float));
    }
    if (sink->fill)
        for (; n % MS_LANES != 0; n++) out[n / MS_LANES * groupStride + n % MS_LANES] = __builtin_nanf("");
}

/* One loop for each thing that may be wanted, none of it decided in the loop. */
INLINE void decode_any(const uint8_t *raw, size_t size, decode_sink *sink, size_t n, const ms_decode_params *p,
                       decode_step step, int64_t blankFrom, int64_t blankTo, uint64_t bits, int exact) {
    decode_rules r = decode_rules_of(p);
    const int bounded = (p->flags & (MS_DECODE_LOW | MS_DECODE_HIGH | MS_DECODE_NO_DATA)) != 0;
    const int blanked = (p->flags & MS_DECODE_BLANK) && p->blank >= blankFrom && p->blank <= blankTo;
    r.blank = (uint64_t)p->blank & bits;
    if (exact) {
        if (size < 4) r.zero = (int32_t)p->bzero;
        if (blanked) decode_run(raw, size, sink, n, step, &r, DECODE_EXACT, 1, 1);
        else if (bounded) decode_run(raw, size, sink, n, step, &r, DECODE_EXACT, 1, 0);
        else decode_run(raw, size, sink, n, step, &r, DECODE_EXACT, 0, 0);
    } else {
        if (blanked) decode_run(raw, size, sink, n, step, &r, DECODE_PHYSICAL, 1, 1);
        else if (bounded) decode_run(raw, size, sink, n, step, &r, DECODE_PHYSICAL, 1, 0);
        else decode_run(raw, size, sink, n, step, &r, DECODE_PHYSICAL, 0, 0);
    }
}

/* Integers whose values float32 holds exactly, thresholds and all. */
INLINE int small_exact(const ms_decode_params *p) {
    return p->bscale == 1.0 && p->bzero >= -0x1p23 && p->bzero <= 0x1p23 && (double)(int32_t)p->bzero == p->bzero;
}
INLINE int wide_exact(const ms_decode_params *p) {
    return p->bscale == 1.0 && p->bzero >= -0x1p64 && p->bzero <= 0x1p64 && (double)(__int128)p->bzero == p->bzero;
}

/* The entries of a format: into a row, into column blocks, and added up. */
#define DECODE(NAME, BODY)                                                                                             \
    INLINE void NAME##_into(const uint8_t *raw, decode_sink *sink, size_t n, const ms_decode_params *p) { BODY }       \
    static void V(NAME)(const uint8_t *raw, float *out, size_t n, const ms_decode_params *p) {                         \
        decode_sink sink = {.out = out, .groupStride = MS_LANES};                                                      \
        NAME##_into(raw, &sink, n, p);                                                                                 \
    }                                                                                                                  \
    static void V(NAME##_columns)(const uint8_t *raw, size_t n, float *columns, size_t frame, size_t frames,           \
                                  const ms_decode_params *p) {                                                         \
        decode_sink sink = {.out = columns + frame * MS_LANES, .groupStride = frames * MS_LANES, .fill = 1};           \
        NAME##_into(raw, &sink, n, p);                                                                                 \
    }                                                                                                                  \
    static size_t V(NAME##_sum)(const uint8_t *raw, size_t n, double *sum, int32_t *count,                             \
                                const ms_decode_params *p) {                                                           \
        decode_sink sink = {.sum = sum, .count = count};                                                               \
        NAME##_into(raw, &sink, n, p);                                                                                 \
        return sink.valid;                                                                                             \
    }

DECODE(decode_u8, decode_any(raw, 1, sink, n, p, step_u8, 0, 255, 0xff, small_exact(p));)
DECODE(
    decode_i16, if (p->flags & MS_DECODE_UNSIGNED)
        decode_any(raw, 2, sink, n, p, step_u16, -32768, 65535, 0xffff, small_exact(p));
    else decode_any(raw, 2, sink, n, p, step_s16, -32768, 32767, 0xffff, small_exact(p));)
DECODE(decode_i32, decode_any(raw, 4, sink, n, p, step_i32, INT32_MIN, INT32_MAX, 0xffffffff, 0);)
DECODE(decode_i64, decode_any(raw, 8, sink, n, p, step_i64, INT64_MIN, INT64_MAX, ~0ull, wide_exact(p));)
DECODE(decode_f32,
       decode_any(raw, 4, sink, n, p, step_f32, 1, 0, 0, p->bscale == 1.0 && p->bzero == 0.0);)
DECODE(decode_f64, decode_any(raw, 8, sink, n, p, step_f64, 1, 0, 0, 0);)
