/* combine: batches of tiles are sorted, a rule decides which rows each lane keeps, the kept rows are combined. */

#include "batch.h"
#include "reject_sigma.h"

#include "iterate.h"

#include "reject_linear_fit.h"
#include "reject_ranks.h"
#include "reject_winsorized.h"

/* Rejection rules by number; a new one is a file of its own, its number in CKernels.h and its line here. */
static const rejection_fn rejections[] = {
    [MS_REJECT_NONE] = NULL,
    [MS_REJECT_SIGMA] = reject_sigma,
    [MS_REJECT_WINSORIZED] = reject_winsorized,
    [MS_REJECT_LINEAR_FIT] = reject_linear_fit,
    [MS_REJECT_MINMAX] = reject_minmax,
    [MS_REJECT_PERCENTILE] = reject_percentile,
};

/* min_keep: the rejected samples nearest to the last centre come back; equal distances all return. */
static void restore(const batch *b, size_t lane, size_t wanted) {
    const float *x = b->sorted + lane / W * b->rows * W + lane % W;
    const double c = b->center[lane];
    int32_t lo = b->lo[lane], hi = b->hi[lane];
    const int32_t n = b->n[lane];
    while ((size_t)(hi - lo) < wanted && hi - lo < n) {
        const double left = lo > 0 ? __builtin_fabs((double)x[(size_t)(lo - 1) * W] - c) : __builtin_inf();
        const double right = hi < n ? __builtin_fabs((double)x[(size_t)hi * W] - c) : __builtin_inf();
        const double d = left < right ? left : right;
        while (lo > 0 && __builtin_fabs((double)x[(size_t)(lo - 1) * W] - c) <= d) lo--;
        while (hi < n && __builtin_fabs((double)x[(size_t)hi * W] - c) <= d) hi++;
    }
    b->lo[lane] = lo;
    b->hi[lane] = hi;
}

/* Counters of the frames, W a frame as bytes until they would run over, then added up. */
typedef struct {
    int8_t *valid, *low, *high; /* frames x W, negative counts */
    unsigned tiles;             /* since they were added up */
    uint64_t whole;             /* lanes without gaps, which count for every frame */
} frame_tally;

static void tally_add(int8_t *bytes, size_t frames, uint64_t *counter) {
    for (size_t f = 0; f < frames; f++) {
        int32_t sum = 0;
        for (size_t k = 0; k < W; k++) sum -= bytes[f * W + k];
        counter[f] += (uint64_t)sum;
    }
    memset(bytes, 0, frames * W);
}

static void tally_flush(frame_tally *tally, size_t frames, const ms_combine_out *o) {
    if (o->frame_valid) tally_add(tally->valid, frames, o->frame_valid);
    if (o->frame_rejected_low) tally_add(tally->low, frames, o->frame_rejected_low);
    if (o->frame_rejected_high) tally_add(tally->high, frames, o->frame_rejected_high);
    tally->tiles = 0;
}

INLINE void tally_valid(frame_tally *tally, const float *block, size_t frames) {
    for (size_t f = 0; f < frames; f++) {
        const vf x = load_vf(block + f * MS_LANES);
        vb *valid = (vb *)(tally->valid + f * W);
        *valid += __builtin_convertvector(x == x, vb);
    }
}

/* Samples of the block below `first` and above `last`. */
INLINE void tally_rejected(frame_tally *tally, const float *block, size_t frames, vf first, vf last) {
    for (size_t f = 0; f < frames; f++) {
        const vf x = load_vf(block + f * MS_LANES);
        vb *low = (vb *)(tally->low + f * W), *high = (vb *)(tally->high + f * W);
        *low += __builtin_convertvector(x < first, vb);
        *high += __builtin_convertvector(x > last, vb);
    }
}

/* Where equal samples stand on both sides of a bound (rules that go by rank), the earlier frames' are the rejected ones. */
static void tally_ties(const batch *b, size_t t, const float *block, const ms_combine_out *o) {
    for (size_t k = 0; k < W; k++) {
        const float *x = batch_tile(b, t) + k;
        const int32_t n = b->n[t * W + k], lo = b->lo[t * W + k], hi = b->hi[t * W + k];
        int32_t low = 0, high = 0; /* equal samples that are rejected */
        if (lo > 0 && lo < n && x[(size_t)(lo - 1) * W] == x[(size_t)lo * W])
            for (int32_t row = lo; row > 0 && x[(size_t)(row - 1) * W] == x[(size_t)lo * W]; row--) low++;
        if (hi > 0 && hi < n && x[(size_t)(hi - 1) * W] == x[(size_t)hi * W])
            for (int32_t row = hi; row < n && x[(size_t)row * W] == x[(size_t)hi * W]; row++) high++;
        for (size_t f = 0; f < b->frames && (low > 0 || high > 0); f++) {
            const float v = block[f * MS_LANES + k];
            if (low > 0 && v == x[(size_t)lo * W]) {
                low--;
                if (o->frame_rejected_low) o->frame_rejected_low[f]++;
            } else if (high > 0 && v == x[(size_t)(hi - 1) * W]) {
                high--;
                if (o->frame_rejected_high) o->frame_rejected_high[f]++;
            }
        }
    }
}

/* What was measured of W pixels -> the planes that are wanted, from place `to` on. */
INLINE void put(const ms_combine_out *o, const ms_combine_params *p, size_t to, vi m, vd sum, vd squares, vd median,
                vf first, vf last) {
    const vd count = __builtin_convertvector(m, vd), mean = sum / count;
    const vi some = m > 0;
    const vf fill = p->fill;
    first += 0.0f, last += 0.0f; /* the sign of zero is not kept; sorting may have taken either */
    if (o->average) store_vf(o->average + to, some ? narrow(mean) + 0.0f : fill);
    if (o->median) store_vf(o->median + to, some ? narrow(median) + 0.0f : fill);
    if (o->sum) store_vf(o->sum + to, some ? narrow(mean * (double)p->frames_used) + 0.0f : fill);
    if (o->sum_raw) store_vf(o->sum_raw + to, some ? narrow(sum) + 0.0f : fill);
    if (o->minimum) store_vf(o->minimum + to, some ? first : fill);
    if (o->maximum) store_vf(o->maximum + to, some ? last : fill);
    if (o->uncertainty) {
        const vd u = __builtin_elementwise_sqrt(squares / (count - 1.0)) / __builtin_elementwise_sqrt(count);
        store_vf(o->uncertainty + to, m > 1 ? narrow(u) : some ? (vf)__builtin_nanf("") : fill);
    }
    if (o->count) store_vi(o->count + to, m);
}

/* Without rejection: sums by frame; a tile is sorted only where a median is wanted. */
static void combine_plain(const float *columns, size_t frames, size_t groups, vf *tile, frame_tally *tally,
                          const ms_combine_params *p, const ms_combine_out *o) {
    const int summed = o->average || o->sum || o->sum_raw || o->uncertainty;
    for (size_t i = 0; i < groups * (MS_LANES / W); i++) {
        const size_t to = i * W;
        const float *block = columns + to / MS_LANES * frames * MS_LANES + to % MS_LANES;
        vd sum = 0.0, squares = 0.0, median = 0.0;
        vf first = ROW_INFINITY, last = -ROW_INFINITY;
        vi m = 0;
        for (size_t f = 0; f < frames; f++) {
            const vf x = load_vf(block + f * MS_LANES) + 0.0f;
            const vi valid = x == x;
            m -= valid;
            first = min_vf(x, first);
            last = max_vf(x, last);
            if (summed) sum += widen(valid ? x : (vf)0.0f);
        }
        if (o->uncertainty) {
            const vd mean = sum / __builtin_convertvector(m, vd);
            for (size_t f = 0; f < frames; f++) {
                const vf x = load_vf(block + f * MS_LANES) + 0.0f;
                const vd d = widen(x) - mean;
                squares += widen_mask(x == x) ? d * d : (vd)0.0;
            }
        }
        if (o->median && frames > 0) {
            sort_tile(block, frames, tile);
            median = middle_of((const float *)tile, lane_numbers(), (vi)0, max_vi(m, (vi)1));
        }
        put(o, p, to, m, sum, squares, median, first, last);
        if (o->rejected_low) store_vi(o->rejected_low + to, (vi)0);
        if (o->rejected_high) store_vi(o->rejected_high + to, (vi)0);
        if (o->frame_valid) {
            if (any(m != (vi)(int32_t)frames)) {
                tally_valid(tally, block, frames);
                if (++tally->tiles == 127) tally_flush(tally, frames, o);
            } else {
                tally->whole += W;
            }
        }
    }
}

/* One sorted and decided tile. */
INLINE void combine_tile(const batch *b, size_t t, const float *block, size_t to, frame_tally *tally,
                         const ms_combine_params *p, const ms_combine_out *o) {
    const float *tile = batch_tile(b, t);
    const vi n = load_vi(b->n + t * W), lo = load_vi(b->lo + t * W), hi = load_vi(b->hi + t * W);
    const vi m = hi - lo, at = lane_numbers();
    vd sum = 0.0, squares = 0.0, median = 0.0;
    vf first = 0.0f, last = 0.0f;
    if (o->average || o->sum || o->sum_raw || o->uncertainty) sum = tile_sum(tile, lo, hi);
    if (o->uncertainty) squares = tile_squares(tile, lo, hi, sum / __builtin_convertvector(m, vd));
    if (o->median) median = middle_of(tile, at, m > 0 ? lo : (vi)0, max_vi(m, (vi)1));
    const vi rejected = (lo > 0) | (hi < n);
    const int tallied = (o->frame_rejected_low || o->frame_rejected_high) && any(rejected);
    if (o->minimum || o->maximum || tallied) {
        /* Row n holds +infinity. Where nothing is kept, `first` is the lowest of the high ones and `last` the highest
         * of the low ones. */
        first = gather(tile, at + lo * W);
        last = hi > 0 ? gather(tile, at + max_vi(hi - 1, (vi)0) * W) : -ROW_INFINITY;
    }
    put(o, p, to, m, sum, squares, median, first, last);
    if (o->rejected_low) store_vi(o->rejected_low + to, lo);
    if (o->rejected_high) store_vi(o->rejected_high + to, n - hi);
    int marked = 0;
    if (o->frame_valid) {
        if (any(n != (vi)(int32_t)b->frames)) {
            tally_valid(tally, block, b->frames);
            marked = 1;
        } else {
            tally->whole += W;
        }
    }
    if (tallied) {
        tally_rejected(tally, block, b->frames, first, last);
        if (p->reject == MS_REJECT_MINMAX || p->reject == MS_REJECT_LINEAR_FIT) tally_ties(b, t, block, o);
        marked = 1;
    }
    if (marked && ++tally->tiles == 127) tally_flush(tally, b->frames, o);
}

/* Bytes of sorted tiles that a batch may have, unless one tile takes more: most of a first-level cache. */
enum { BATCH_BYTES = 48 * 1024, BATCH_TILES = 32 };

static void V(combine)(const float *columns, size_t frames, size_t groups, void *scratch, const ms_combine_params *p,
                       const ms_combine_out *o) {
    char *room = scratch;
    batch b = {.rows = tile_rows(frames), .frames = frames};
    const size_t tileBytes = b.rows * sizeof(vf), tiles = groups * (MS_LANES / W);
    size_t most = BATCH_BYTES / tileBytes;
    most = most < 1 ? 1 : most > BATCH_TILES ? BATCH_TILES : most;
    vf *sorted = (vf *)room;
    b.sorted = (const float *)room;
    room += (most * tileBytes + 63) / 64 * 64;
    b.gathered = (float *)room;
    room += (tileBytes + 63) / 64 * 64;
    b.center = (double *)room, room += BATCH_TILES * W * sizeof(double);
    b.n = (int32_t *)room, room += BATCH_TILES * W * sizeof(int32_t);
    b.lo = (int32_t *)room, room += BATCH_TILES * W * sizeof(int32_t);
    b.hi = (int32_t *)room, room += BATCH_TILES * W * sizeof(int32_t);
    b.done = (int32_t *)room, room += BATCH_TILES * W * sizeof(int32_t);
    b.pending = (int32_t *)room, room += (BATCH_TILES + 1) * W * sizeof(int32_t);
    const size_t tallyBytes = frames * W;
    frame_tally tally = {.valid = (int8_t *)room, .low = (int8_t *)room + tallyBytes,
                         .high = (int8_t *)room + 2 * tallyBytes};
    memset(room, 0, 3 * tallyBytes);

    const rejection_fn reject = p->reject < sizeof rejections / sizeof *rejections ? rejections[p->reject] : NULL;
    if (!reject || frames == 0) {
        combine_plain(columns, frames, groups, sorted, &tally, p, o);
    } else {
        for (size_t start = 0; start < tiles; start += most) {
            b.tiles = tiles - start < most ? tiles - start : most;
            for (size_t t = 0; t < b.tiles; t++) {
                const size_t to = (start + t) * W;
                const float *block = columns + to / MS_LANES * frames * MS_LANES + to % MS_LANES;
                vf *tile = sorted + t * b.rows;
                sort_tile(block, frames, tile);
                vi n = (int32_t)frames;
                for (size_t row = frames; row-- > 0;) {
                    const vi gap = tile[row] == ROW_INFINITY;
                    if (!any(gap)) break;
                    n += gap;
                }
                store_vi(b.n + t * W, n);
            }
            reject(&b, p);
            for (size_t t = 0; t < b.tiles; t++) {
                const size_t to = (start + t) * W;
                const vi kept = load_vi(b.hi + t * W) - load_vi(b.lo + t * W), n = load_vi(b.n + t * W);
                const int32_t wanted = p->min_keep > INT32_MAX ? INT32_MAX : (int32_t)p->min_keep;
                if (any((kept < wanted) & (kept < n)))
                    for (size_t k = 0; k < W; k++) restore(&b, t * W + k, (size_t)wanted);
                combine_tile(&b, t, columns + to / MS_LANES * frames * MS_LANES + to % MS_LANES, to, &tally, p, o);
            }
        }
    }
    tally_flush(&tally, frames, o);
    if (o->frame_valid)
        for (size_t f = 0; f < frames; f++) o->frame_valid[f] += tally.whole;
}
