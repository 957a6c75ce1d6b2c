/* combine has three stages: batches of tiles are sorted; a rule decides which samples of each lane are kept; what is
 * kept is reduced to planes and counters. */

#include "rules.h"

#include "reduce.h"

/* min-keep: the rejected samples nearest to the last centre come back; equal distances all return. */
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

/* Bytes of sorted tiles that a batch may have, unless one tile takes more: most of a first-level cache. */
enum { BATCH_BYTES = 48 * 1024, BATCH_TILES = 32 };

/* Divides the scratch; gives the counters' part, cleared. */
static frame_tally lay_out(batch *b, char *room, size_t most) {
    const size_t tileBytes = b->rows * sizeof(vf), tallyBytes = b->frames * W;
    b->sorted = (const float *)room;
    room += (most * tileBytes + 63) / 64 * 64;
    b->gathered = (float *)room;
    room += (tileBytes + 63) / 64 * 64;
    b->center = (double *)room, room += BATCH_TILES * W * sizeof(double);
    b->n = (int32_t *)room, room += BATCH_TILES * W * sizeof(int32_t);
    b->lo = (int32_t *)room, room += BATCH_TILES * W * sizeof(int32_t);
    b->hi = (int32_t *)room, room += BATCH_TILES * W * sizeof(int32_t);
    b->done = (int32_t *)room, room += BATCH_TILES * W * sizeof(int32_t);
    b->pending = (int32_t *)room, room += (BATCH_TILES + 1) * W * sizeof(int32_t);
    const frame_tally tally = {.valid = (int8_t *)room, .low = (int8_t *)room + tallyBytes,
                               .high = (int8_t *)room + 2 * tallyBytes};
    memset(room, 0, 3 * tallyBytes);
    room += 3 * tallyBytes;
    b->low = (uint16_t *)room, room += b->frames * sizeof(uint16_t);
    b->high = (uint16_t *)room, room += b->frames * sizeof(uint16_t);
    b->kept = (uint16_t *)room;
    return tally;
}

/* First stage: the tiles of the batch and how many valid samples each lane has. */
INLINE void sort_batch(const batch *b, vf *sorted) {
    for (size_t t = 0; t < b->tiles; t++) {
        vf *tile = sorted + t * b->rows;
        sort_tile(batch_samples(b, t), b->frames, tile);
        vi n = (int32_t)b->frames;
        for (size_t row = b->frames; row-- > 0;) {
            const vi gap = tile[row] == ROW_INFINITY;
            if (!any(gap)) break;
            n += gap;
        }
        store_vi(b->n + t * W, n);
    }
}

/* Second stage of a RANGE rule: its decision, and min-keep. */
INLINE void decide_range(const batch *b, const rule *rule, const double *values) {
    rule->decide(b, values);
    const int32_t wanted = (int32_t)values[rule->schema.parameter_count - 1];
    for (size_t t = 0; t < b->tiles; t++) {
        const vi kept = load_vi(b->hi + t * W) - load_vi(b->lo + t * W), n = load_vi(b->n + t * W);
        if (any((kept < wanted) & (kept < n)))
            for (size_t k = 0; k < W; k++) restore(b, t * W + k, (size_t)wanted);
    }
}

/* Sums and extremes of what is known of the frames' noise. */
static noise_totals totals_of(const ms_noise *noise, size_t frames) {
    noise_totals all = {.least_base = __builtin_inf(), .least_slope = __builtin_inf()};
    for (size_t f = 0; f < frames; f++) {
        all.base += noise[f].base;
        all.slope += noise[f].slope;
        all.least_base = noise[f].base < all.least_base ? noise[f].base : all.least_base;
        all.most_base = noise[f].base > all.most_base ? noise[f].base : all.most_base;
        all.least_slope = noise[f].slope < all.least_slope ? noise[f].slope : all.least_slope;
        all.most_slope = noise[f].slope > all.most_slope ? noise[f].slope : all.most_slope;
    }
    return all;
}

static void V(combine)(const float *columns, size_t frames, size_t groups, void *scratch, const ms_combine_params *p,
                       const ms_combine_out *o) {
    const rule *rule = p->rule < COUNT_OF(rules) ? rules[p->rule] : &rule_none;
    const int samples = rule->schema.kind == MS_RULE_SAMPLE;
    batch b = {.columns = columns, .rows = tile_rows(frames), .frames = frames, .facts = p->facts};
    b.weighed = b.facts && ((b.facts->weights && (o->average || o->sum || o->uncertainty)) ||
                            (b.facts->noise && o->uncertainty));
    b.masked = o->exposure || b.weighed;
    if (b.facts && b.facts->noise) b.noise = totals_of(b.facts->noise, frames);
    const size_t tiles = groups * (MS_LANES / W);
    size_t most = samples ? 1 : BATCH_BYTES / (b.rows * sizeof(vf));
    most = most < 1 ? 1 : most > BATCH_TILES ? BATCH_TILES : most;
    frame_tally tally = lay_out(&b, scratch, most);
    vf *sorted = scratch;
    if ((!rule->decide && !rule->mark) || frames == 0) {
        combine_plain(&b, groups, sorted, &tally, p, o);
    } else {
        for (b.first = 0; b.first < tiles; b.first += most) {
            b.tiles = tiles - b.first < most ? tiles - b.first : most;
            sort_batch(&b, sorted);
            if (rule->mark) {
                if (rule->mark(&b, p->values)) {
                    reduce_marked(&b, sorted, p, o);
                } else {
                    store_vi(b.lo, (vi)0);
                    store_vi(b.hi, load_vi(b.n));
                    reduce_range(&b, 0, 1, &tally, p, o);
                }
            } else if (samples) {
                memset(b.low, 0, 2 * frames * sizeof(uint16_t));
                rule->decide(&b, p->values);
                reduce_marked(&b, sorted, p, o);
            } else {
                decide_range(&b, rule, p->values);
                for (size_t t = 0; t < b.tiles; t++) reduce_range(&b, t, rule->by_value, &tally, p, o);
            }
        }
    }
    tally_flush(&tally, frames, o);
    if (o->frame_valid)
        for (size_t f = 0; f < frames; f++) o->frame_valid[f] += tally.whole;
}
