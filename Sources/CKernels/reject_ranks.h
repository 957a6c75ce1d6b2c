INLINE int32_t rank_count(double wanted) { return wanted > 0 ? wanted < INT32_MAX ? (int32_t)wanted : INT32_MAX : 0; }

/* MS_REJECT_MINMAX: the `low` lowest and the `high` highest valid samples go (whole numbers; all of them where a pixel
 * has no more). Of equal samples the earlier frames' go first, the low ones before the high ones. The centre, for
 * min_keep, is the median of all. */
static void reject_minmax(const batch *b, const ms_combine_params *p) {
    const int32_t low = rank_count(p->low), high = rank_count(p->high);
    for (size_t t = 0; t < b->tiles; t++) {
        const vi n = load_vi(b->n + t * W);
        const vi lo = min_vi(n, (vi)low);
        store_vi(b->lo + t * W, lo);
        store_vi(b->hi + t * W, n - min_vi(n - lo, (vi)high));
        store_vd(b->center + t * W, middle_of(batch_tile(b, t), lane_numbers(), (vi)0, max_vi(n, (vi)1)));
    }
}

/* MS_REJECT_PERCENTILE (PixInsight's percentile clipping, once): samples strictly below median - low x |median| or
 * strictly above median + high x |median| go. The centre, for min_keep, is the median. */
static void reject_percentile(const batch *b, const ms_combine_params *p) {
    const vi at = lane_numbers();
    for (size_t t = 0; t < b->tiles; t++) {
        const float *tile = batch_tile(b, t);
        const vi n = load_vi(b->n + t * W);
        const vd c = middle_of(tile, at, (vi)0, max_vi(n, (vi)1)), size = __builtin_elementwise_abs(c);
        const vi lo = sigma_first(tile, at, (vi)0, n, c - p->low * size);
        store_vi(b->lo + t * W, lo);
        store_vi(b->hi + t * W, sigma_end(tile, at, lo, n, c + p->high * size));
        store_vd(b->center + t * W, c);
    }
}
