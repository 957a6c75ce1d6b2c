/* The last stage of combine: what is kept -> planes and counters. */

#include "tally.h"

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

/* Planes that weigh frames, or tell the noise that is known of them, of W pixels: in the order of the frames. `kept` has a
 * bit a lane of each frame; NULL: all valid samples are kept. */
static void put_weighed(const batch *b, const float *block, const uint16_t *kept, size_t to, const ms_combine_params *p,
                        const ms_combine_out *o) {
    const double *weights = b->facts->weights;
    const ms_noise *noise = b->facts->noise;
    vd sum = 0.0, total = 0.0;
    vi count = 0;
    for (size_t f = 0; f < b->frames; f++) {
        const vf x = load_vf(block + f * MS_LANES);
        const vi in = kept ? bit_lanes(kept[f]) : x == x;
        const vd w = weights ? weights[f] : 1.0;
        total += widen_mask(in) ? w : (vd)0.0;
        sum += widen_mask(in) ? w * widen(x) : (vd)0.0;
        count -= in;
    }
    const vi some = count > 0;
    const vd mean = sum / total;
    const vf fill = p->fill;
    if (weights) {
        if (o->average) store_vf(o->average + to, some ? narrow(mean) + 0.0f : fill);
        if (o->sum) store_vf(o->sum + to, some ? narrow(mean * (double)p->frames_used) + 0.0f : fill);
    }
    if (!o->uncertainty) return;
    const vd level = max_vd(mean - b->facts->sky, (vd)-b->facts->level_floor);
    vd squares = 0.0;
    for (size_t f = 0; f < b->frames; f++) {
        const vf x = load_vf(block + f * MS_LANES);
        const vi in = kept ? bit_lanes(kept[f]) : x == x;
        const vd w = weights ? weights[f] : 1.0, r = widen(x) - mean;
        const vd own = noise ? (vd)noise[f].base + noise[f].slope * level : r * r / (1.0 - w / total);
        squares += widen_mask(in) ? w * w * own : (vd)0.0;
    }
    const vi known = noise ? some : count > 1;
    const vf u = narrow(__builtin_elementwise_sqrt(squares) / total);
    store_vf(o->uncertainty + to, known ? u : some ? (vf)__builtin_nanf("") : fill);
}

/* Without rejection: sums by frame; a tile is sorted only where a median is wanted. */
static void combine_plain(const batch *b, size_t groups, vf *tile, frame_tally *tally, const ms_combine_params *p,
                          const ms_combine_out *o) {
    const float *columns = b->columns;
    const size_t frames = b->frames;
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
        if (b->weighed) put_weighed(b, block, NULL, to, p, o);
        if (o->exposure) {
            vd exposure = 0.0;
            for (size_t f = 0; f < frames; f++) {
                const vf x = load_vf(block + f * MS_LANES);
                exposure += widen_mask(x == x) ? (vd)p->exposures[f] : (vd)0.0;
            }
            store_vf(o->exposure + to, narrow(exposure));
        }
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

/* Planes of the rows lo..<hi of a sorted tile. */
INLINE void put_range(const float *tile, vi lo, vi hi, vf first, vf last, size_t to, const ms_combine_params *p,
                      const ms_combine_out *o) {
    const vi m = hi - lo;
    vd sum = 0.0, squares = 0.0, median = 0.0;
    if (o->average || o->sum || o->sum_raw || o->uncertainty) sum = tile_sum(tile, lo, hi);
    if (o->uncertainty) squares = tile_squares(tile, lo, hi, sum / __builtin_convertvector(m, vd));
    if (o->median) median = middle_of(tile, lane_numbers(), m > 0 ? lo : (vi)0, max_vi(m, (vi)1));
    put(o, p, to, m, sum, squares, median, first, last);
}

/* The kept samples' exposures, from the mask. */
static void put_exposure(const uint16_t *kept, size_t frames, size_t to, const ms_combine_params *p,
                         const ms_combine_out *o) {
    vd exposure = 0.0;
    for (size_t f = 0; f < frames; f++)
        exposure += widen_mask(bit_lanes(kept[f])) ? (vd)p->exposures[f] : (vd)0.0;
    store_vf(o->exposure + to, narrow(exposure));
}

/* One sorted tile, of which a RANGE rule keeps the rows lo..<hi. */
INLINE void reduce_range(const batch *b, size_t t, int by_value, frame_tally *tally, const ms_combine_params *p,
                         const ms_combine_out *o) {
    const size_t to = (b->first + t) * W;
    const float *tile = batch_tile(b, t), *block = batch_samples(b, t);
    const vi n = load_vi(b->n + t * W), lo = load_vi(b->lo + t * W), hi = load_vi(b->hi + t * W);
    const vi at = lane_numbers();
    vf first = 0.0f, last = 0.0f;
    const vi rejected = (lo > 0) | (hi < n);
    const int tallied = (o->frame_rejected_low || o->frame_rejected_high) && any(rejected);
    if (o->minimum || o->maximum || b->masked || tallied) {
        /* Row n holds +infinity. Where nothing is kept, `first` is the lowest of the high ones and `last` the highest
         * of the low ones. */
        first = gather(tile, at + lo * W);
        last = hi > 0 ? gather(tile, at + max_vi(hi - 1, (vi)0) * W) : -ROW_INFINITY;
    }
    put_range(tile, lo, hi, first, last, to, p, o);
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
    if (b->masked) keep_between(b->kept, block, b->frames, hi > lo, first, last);
    if (tallied) {
        tally_rejected(tally, block, b->frames, first, last);
        marked = 1;
    }
    if (!by_value && (tallied || (b->masked && any(rejected))))
        tally_ties(b, t, block, o, b->masked ? b->kept : NULL);
    if (marked && ++tally->tiles == 127) tally_flush(tally, b->frames, o);
    if (b->weighed) put_weighed(b, block, b->kept, to, p, o);
    if (o->exposure) put_exposure(b->kept, b->frames, to, p, o);
}

/* The only tile of a batch, of which a SAMPLE rule has marked samples: they become no data, and what is left is sorted
 * again. */
static void reduce_marked(const batch *b, vf *tile, const ms_combine_params *p, const ms_combine_out *o) {
    const size_t to = b->first * W;
    const float *samples = batch_samples(b, 0);
    vi low = 0, high = 0;
    for (size_t f = 0; f < b->frames; f++) {
        const vf x = load_vf(samples + f * MS_LANES);
        const uint16_t valid = lane_bits(x == x);
        b->low[f] &= valid;
        b->high[f] &= (uint16_t)(valid & ~b->low[f]);
        b->kept[f] = (uint16_t)(valid & ~(b->low[f] | b->high[f]));
        low -= bit_lanes(b->low[f]);
        high -= bit_lanes(b->high[f]);
        store_vf(b->gathered + f * W, bit_lanes(b->kept[f]) ? x : (vf)__builtin_nanf(""));
    }
    const vi n = load_vi(b->n), m = n - low - high, at = lane_numbers();
    if (any(m != n)) sort_packed(b->gathered, b->frames, tile);
    const vf first = gather((const float *)tile, at), last = gather((const float *)tile, at + max_vi(m - 1, (vi)0) * W);
    put_range((const float *)tile, (vi)0, m, first, last, to, p, o);
    if (o->rejected_low) store_vi(o->rejected_low + to, low);
    if (o->rejected_high) store_vi(o->rejected_high + to, high);
    tally_marks(b, o);
    if (b->weighed) put_weighed(b, samples, b->kept, to, p, o);
    if (o->exposure) put_exposure(b->kept, b->frames, to, p, o);
}
