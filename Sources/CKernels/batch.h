/* What is known of the noise of all frames together: sums in the order of the frames, and extremes. */
typedef struct {
    double base, slope, least_base, most_base, least_slope, most_slope;
} noise_totals;

/* A batch of sorted tiles, as many as stay in the first-level cache, and what the rejection rules share. A tile is W
 * neighbouring pixels; a lane of a tile is one pixel's column, sorted. What a RANGE rule keeps of a column is the rows
 * lo..<hi; a SAMPLE rule marks bits. */
typedef struct {
    const float *columns; /* the blocks as they were given */
    size_t first;         /* the batch's first tile, among all */
    const float *sorted; /* tiles x rows x W */
    size_t rows;         /* of a tile: tile_rows(frames) */
    size_t tiles;
    size_t frames;
    int32_t *n, *lo, *hi; /* tiles x W: valid samples; first kept row; row behind the last kept one */
    double *center;       /* tiles x W: the last centre, for min_keep */
    int32_t *done;        /* tiles x W: iterations that a lane has had */
    int32_t *pending;     /* room for tiles x W numbers of lanes (tile x W + lane) */
    float *gathered;      /* room for a tile */
    uint16_t *low, *high; /* frames: a bit a lane, of the samples that a SAMPLE rule rejects; its batches have one tile */
    uint16_t *kept;       /* frames: a bit a lane, of the kept samples; filled where `masked` */
    int masked;           /* whether something asks for `kept` */
    int weighed;          /* whether planes are made of weights, or of the noise that is known of frames */
    const ms_frame_facts *facts; /* NULL: nothing is known of frames */
    noise_totals noise;
} batch;

/* A rejection rule. `decide` has the values of the rule's parameters, in the order of its schema. A RANGE rule stores
 * lo, hi and center for all tiles of the batch; a SAMPLE rule sets bits in `low` or `high`, which are 0, for its only
 * tile (bits of no-data samples count for nothing). */
typedef struct {
    ms_rule schema;
    void (*decide)(const batch *b, const double *values);
    /* Of a SAMPLE rule, in place of `decide`: sets `low` and `high` of all frames, whatever they were, or gives 0 where
     * nothing goes. */
    int (*mark)(const batch *b, const double *values);
    /* 1: equal samples of a column always have one fate, so that nobody looks whether they stand on both sides of a bound. */
    int by_value;
} rule;

INLINE const float *batch_tile(const batch *b, size_t tile) { return b->sorted + tile * b->rows * W; }

/* The samples of a tile in the order of the frames: frame f's are W from MS_LANES x f on. */
INLINE const float *batch_samples(const batch *b, size_t tile) {
    const size_t to = (b->first + tile) * W;
    return b->columns + to / MS_LANES * b->frames * MS_LANES + to % MS_LANES;
}

/* min-keep is the last parameter of every RANGE rule: see `restore`. */
#define MIN_KEEP                                                                                                       \
    {.key = "min-keep",                                                                                                \
     .option = "min-keep",                                                                                             \
     .summary = "So many samples of a pixel come back, nearest to the centre first.",                                  \
     .type = MS_COUNT,                                                                                                 \
     .initial = 1,                                                                                                     \
     .greatest = 1000000}

#define NO_LIMIT 1.7976931348623157e308
#define COUNT_OF(A) (sizeof(A) / sizeof *(A))

/* Lane numbers 0, 1, 2... */
INLINE vi lane_numbers(void) {
    vi v;
    for (int k = 0; k < W; k++) v[k] = k;
    return v;
}

/* float64 mean of the middle two of the m samples from row `lo` on; base + at[lane] is row 0 of the lane's column. */
INLINE vd middle_of(const float *base, vi at, vi lo, vi m) {
    const vi low = lo + ((m - 1) >> 1), high = lo + (m >> 1);
    return (widen(gather(base, at + low * W)) + widen(gather(base, at + high * W))) * 0.5;
}

/* Median of |x - c| over the m >= 1 samples from row `lo` on. The k samples nearest to c are a run of rows: its start
 * is found by bisection; the median is made of the farthest in the run and, for an even count, the nearest outside. */
INLINE vd deviation_of(const float *base, vi at, vi lo, vi m, vd c) {
    const vi k = (m + 1) >> 1, hi = lo + m;
    vi i = lo, top = hi - k;
    for (;;) {
        const vi open = i < top;
        if (!any(open)) break;
        const vi mid = (i + top) >> 1;
        const vd x = widen(gather(base, at + mid * W)), y = widen(gather(base, at + (mid + k) * W));
        const vi right = narrow_mask(c - x > y - c) & open;
        i = right ? mid + 1 : i;
        top = open & ~right ? mid : top;
    }
    const vd d = max_vd(c - widen(gather(base, at + i * W)), widen(gather(base, at + (i + k - 1) * W)) - c);
    const vi even = (m & 1) - 1; /* -1 where m is even */
    if (!any(even)) return d;
    const vi before = max_vi(i - 1, lo), behind = min_vi(i + k, hi - 1);
    const vd far = (vd)__builtin_inf();
    const vd x = widen_mask(i > lo) ? c - widen(gather(base, at + before * W)) : far;
    const vd y = widen_mask(i + k < hi) ? widen(gather(base, at + behind * W)) - c : far;
    return widen_mask(even) ? (d + min_vd(x, y)) * 0.5 : d;
}

/* The same for a whole tile of which every lane has m samples (more than a lane has: its value is not used). The run's
 * start is counted in float32, one pass without gathers, then held against its neighbours in float64 and moved where
 * rounding misled the count. */
INLINE vd tile_deviation(const float *tile, int32_t m, vd c) {
    const int32_t k = (m + 1) / 2;
    const vf twice = narrow(c + c);
    vi i = 0;
    for (int32_t row = 0; row < m - k; row++)
        i -= load_vf(tile + row * (size_t)W) + load_vf(tile + (row + k) * (size_t)W) < twice;
    const vi at = lane_numbers();
    const vd far = (vd)__builtin_inf();
    for (;;) {
        const vi inner = i > 0, outer = i < m - k;
        const vd left = c - widen(gather(tile, at + i * W));
        const vd right = widen(gather(tile, at + (i + (k - 1)) * W)) - c;
        /* Row m exists: it is a sample of no lane, or +infinity. */
        const vd x = widen_mask(inner) ? c - widen(gather(tile, at + max_vi(i - 1, (vi)0) * W)) : far;
        const vd y = widen_mask(outer) ? widen(gather(tile, at + (i + k) * W)) - c : far;
        const vi back = narrow_mask(x < right), on = narrow_mask(y < left) & ~back;
        if (!any(back | on)) {
            const vd d = max_vd(left, right);
            return m & 1 ? d : (d + min_vd(x, y)) * 0.5;
        }
        i += back - on;
    }
}

/* Ascending float64 sum of rows lo..<hi. */
INLINE vd sum_of(const float *base, vi at, vi lo, vi hi) {
    vd sum = 0.0;
    for (vi row = lo; any(row < hi); row += 1) {
        const vi in = row < hi;
        sum += widen(in ? gather(base, in ? at + row * W : at) : (vf)0.0f);
    }
    return sum;
}

/* Ascending float64 sum of (x - mean)^2 of rows lo..<hi. */
INLINE vd squares_of(const float *base, vi at, vi lo, vi hi, vd mean) {
    vd sum = 0.0;
    for (vi row = lo; any(row < hi); row += 1) {
        const vi in = row < hi;
        const vd d = widen(gather(base, in ? at + row * W : at)) - mean;
        sum += widen_mask(in) ? d * d : (vd)0.0;
    }
    return sum;
}

/* The same over the rows of one tile, without gathers. */
INLINE vd tile_sum(const float *tile, vi lo, vi hi) {
    const int32_t first = least(lo), full = greatest(lo), fullEnd = least(hi), end = greatest(hi);
    vd sum = 0.0;
    int32_t row = first;
    for (; row < full && row < end; row++) {
        const vi in = (lo <= row) & (hi > row);
        sum += widen(in ? load_vf(tile + row * (size_t)W) : (vf)0.0f);
    }
    for (; row < fullEnd; row++) sum += widen(load_vf(tile + row * (size_t)W));
    for (; row < end; row++) {
        const vi in = (lo <= row) & (hi > row);
        sum += widen(in ? load_vf(tile + row * (size_t)W) : (vf)0.0f);
    }
    return sum;
}

INLINE vd tile_squares(const float *tile, vi lo, vi hi, vd mean) {
    const int32_t first = least(lo), end = greatest(hi);
    vd sum = 0.0;
    for (int32_t row = first; row < end; row++) {
        const vi in = (lo <= row) & (hi > row);
        const vd d = widen(load_vf(tile + row * (size_t)W)) - mean;
        sum += widen_mask(in) ? d * d : (vd)0.0;
    }
    return sum;
}
