/* What becomes of the samples of each frame: counters, and the mask of kept samples. */

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

/* Where equal samples stand on both sides of a bound, the earlier frames' are the rejected ones, the low ones before the
 * high ones. `kept` may be NULL. */
static void tally_ties(const batch *b, size_t t, const float *block, const ms_combine_out *o, uint16_t *kept) {
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
            } else {
                continue;
            }
            if (kept) kept[f] &= (uint16_t)~(1u << k);
        }
    }
}

/* Marks the samples from `first` to `last` of the lanes that keep any. */
INLINE void keep_between(uint16_t *kept, const float *block, size_t frames, vi some, vf first, vf last) {
    for (size_t f = 0; f < frames; f++) {
        const vf x = load_vf(block + f * MS_LANES);
        kept[f] = lane_bits((x >= first) & (x <= last) & some);
    }
}

/* Counters of a tile whose samples a SAMPLE rule has marked. */
static void tally_marks(const batch *b, const ms_combine_out *o) {
    for (size_t f = 0; f < b->frames; f++) {
        const unsigned low = b->low[f], high = b->high[f], valid = low | high | b->kept[f];
        if (o->frame_valid) o->frame_valid[f] += (uint64_t)__builtin_popcount(valid);
        if (o->frame_rejected_low) o->frame_rejected_low[f] += (uint64_t)__builtin_popcount(low);
        if (o->frame_rejected_high) o->frame_rejected_high[f] += (uint64_t)__builtin_popcount(high);
    }
}
