/* sigma: clipping about a centre, repeated (astropy.stats.sigma_clip over the valid samples, but for the floor).
 *
 *     centre = median (float64 mean of the middle two) or mean (ascending sum / n)
 *     deviation = max(1.482602218505602 x median of |x - centre| or sqrt(sum of (x - mean)^2 / (n - ddof)), floor), in
 *         float64; the floor where n is not above ddof
 *     samples strictly below centre - low x deviation or strictly above centre + high x deviation go
 *
 * repeated on what is left until nothing changes, nothing is left, or max-iterations.
 *
 * The first iteration runs tile by tile, where most columns are found to be finished. The few lanes that lost
 * something, or that have gaps, are then gathered from all tiles of the batch into full vectors and iterated until
 * none changes. */

/* Columns up to this length are scanned for the run of nearest samples; longer ones are bisected. */
enum { SCANNED = 256 };

/* Centre and deviation of m >= 1 samples from row lo on. */
INLINE void sigma_measure(const float *base, vi at, vi lo, vi m, const clipping *p, vd *center, vd *spread) {
    const vd count = __builtin_convertvector(m, vd);
    vd mean = 0.0;
    if (p->mean_center || p->std_spread) mean = sum_of(base, at, lo, lo + m) / count;
    *center = p->mean_center ? mean : middle_of(base, at, lo, m);
    const vd d = p->std_spread
                     ? __builtin_elementwise_sqrt(squares_of(base, at, lo, lo + m, mean) / (count - p->ddof))
                     : 1.482602218505602 * deviation_of(base, at, lo, m, *center);
    *spread = max_vd(d, (vd)p->floor);
}

/* The same for a whole tile whose lanes all have `m` samples, or more than they have (then the value is not used). */
INLINE void sigma_measure_tile(const float *tile, int32_t m, const clipping *p, vd *center, vd *spread) {
    const vd count = (double)m;
    const vi at = lane_numbers();
    vd mean = 0.0;
    if (p->mean_center || p->std_spread)
        mean = tile_sum(tile, (vi)0, (vi)m) / count;
    *center = p->mean_center
                  ? mean
                  : (widen(load_vf(tile + (m - 1) / 2 * (size_t)W)) + widen(load_vf(tile + m / 2 * (size_t)W))) * 0.5;
    const vd d = p->std_spread
                     ? __builtin_elementwise_sqrt(tile_squares(tile, (vi)0, (vi)m, mean) / (count - p->ddof))
                     : 1.482602218505602 * (m <= SCANNED ? tile_deviation(tile, m, *center)
                                                           : deviation_of(tile, at, (vi)0, (vi)m, *center));
    *spread = max_vd(d, (vd)p->floor);
}

static const ms_parameter sigma_parameters[] = {
    CLIPPING_PARAMETERS,
    {.key = "center",
     .option = "sigma-center",
     .summary = "median or mean.",
     .type = MS_WORD,
     .words = "median mean"},
    {.key = "deviation",
     .option = "sigma-deviation",
     .summary = "mad or std.",
     .type = MS_WORD,
     .words = "mad std"},
    {.key = "ddof",
     .summary = "Deviation std divides by the number of samples less this: 0 as astropy does, 1 as Siril and IRAF do.",
     .type = MS_COUNT,
     .greatest = 1},
    MIN_KEEP,
};

static void reject_sigma(const batch *b, const double *values) {
    clipping whole = clipping_of(values);
    whole.mean_center = values[4] != 0;
    whole.std_spread = values[5] != 0;
    whole.ddof = values[6];
    const clipping *p = &whole;
    size_t waiting = 0;
    const vi lanes = lane_numbers();
    const double low = p->low, high = p->high;
    /* First iteration, tile by tile. A lane's state: lo, hi, and in the list whether it has had one (bit 30). */
    for (size_t t = 0; t < b->tiles; t++) {
        const float *tile = batch_tile(b, t);
        const vi n = load_vi(b->n + t * W);
        const int32_t m = greatest(n);
        vi lo = 0, hi = n, again = 0;
        if (m > 0) {
            vd center, spread;
            sigma_measure_tile(tile, m, p, &center, &spread);
            const vd lower = center - low * spread, upper = center + high * spread;
            const vi whole = n == m;
            for (int32_t row = 0; row < m; row++) {
                const vi below = whole & narrow_mask(widen(load_vf(tile + row * (size_t)W)) < lower);
                if (!any(below)) break;
                lo -= below;
            }
            for (int32_t row = m - 1; row >= 0; row--) {
                const vi above = whole & narrow_mask(widen(load_vf(tile + row * (size_t)W)) > upper);
                if (!any(above)) break;
                hi += above;
            }
            hi = max_vi(hi, lo);
            store_vd(b->center + t * W, center);
            again = whole ? ((lo > 0) | (hi < n)) & (hi > lo) & (p->iterations != 1 ? -1 : 0) : n > 0;
            if (any(again)) {
                const vi name = (vi)(int32_t)(t * W) + lanes;
                waiting += select_lanes(b->pending + waiting, again, whole ? name | 0x40000000 : name);
            }
        }
        store_vi(b->lo + t * W, lo);
        store_vi(b->hi + t * W, hi);
    }
    /* The rest, W lanes at a time. */
    for (size_t first = 0; first < waiting; first += W) {
        const size_t have = waiting - first < W ? waiting - first : W;
        vi lo, hi, at, done, name;
        for (size_t k = 0; k < W; k++) {
            const int32_t entry = b->pending[first + (k < have ? k : 0)], lane = entry & 0x3fffffff;
            name[k] = lane;
            at[k] = (int32_t)((size_t)lane / W * b->rows * W + (size_t)lane % W);
            done[k] = entry >> 30;
            lo[k] = b->lo[lane];
            hi[k] = b->hi[lane];
        }
        const int32_t limit = p->iterations;
        vd center = 0.0;
        vi live = (done < limit) & (hi > lo);
        while (any(live)) {
            vd c, spread;
            const vi m = live ? hi - lo : (vi)1, from = live ? lo : (vi)0;
            sigma_measure(b->sorted, at, from, m, p, &c, &spread);
            center = widen_mask(live) ? c : center;
            const vi newLo = first_within(b->sorted, at, from, from + m, c - low * spread);
            const vi newHi = end_within(b->sorted, at, newLo, from + m, c + high * spread);
            const vi changed = live & ((newLo != lo) | (newHi != hi));
            lo = live ? newLo : lo;
            hi = live ? newHi : hi;
            done += 1;
            live = changed & (done < limit) & (hi > lo);
        }
        for (size_t k = 0; k < have; k++) {
            b->lo[name[k]] = lo[k];
            b->hi[name[k]] = hi[k];
            b->center[name[k]] = center[k];
        }
    }
}

static const rule rule_sigma = {
    .schema = {.name = "sigma",
               .summary = "Clipping by deviations from the median or the mean, repeated.",
               .source = "astropy.stats.sigma_clip, IRAF imcombine",
               .kind = MS_RULE_RANGE,
               .parameter_count = COUNT_OF(sigma_parameters),
               .parameters = sigma_parameters},
    .decide = reject_sigma,
    .by_value = 1,
};
