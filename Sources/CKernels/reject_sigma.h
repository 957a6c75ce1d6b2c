/* MS_REJECT_SIGMA: iterative clipping about a centre; defined at `combine` in CKernels.h and in numerics.md.
 *
 * The first iteration runs tile by tile, where most columns are found to be finished. The few lanes that lost
 * something, or that have gaps, are then gathered from all tiles of the batch into full vectors and iterated until
 * none changes. */

/* Columns up to this length are scanned for the run of nearest samples; longer ones are bisected. */
enum { SCANNED = 256 };

/* Centre and deviation of m >= 1 samples from row lo on. */
INLINE void sigma_measure(const float *base, vi at, vi lo, vi m, const ms_combine_params *p, vd *center, vd *spread) {
    const vd count = __builtin_convertvector(m, vd);
    vd mean = 0.0;
    if (p->center == MS_CENTER_MEAN || p->deviation == MS_DEVIATION_STD) mean = sum_of(base, at, lo, lo + m) / count;
    *center = p->center == MS_CENTER_MEAN ? mean : middle_of(base, at, lo, m);
    const vd d = p->deviation == MS_DEVIATION_STD
                     ? __builtin_elementwise_sqrt(squares_of(base, at, lo, lo + m, mean) / count)
                     : 1.482602218505602 * deviation_of(base, at, lo, m, *center);
    *spread = max_vd(d, (vd)p->floor);
}

/* The same for a whole tile whose lanes all have `m` samples, or more than they have (then the value is not used). */
INLINE void sigma_measure_tile(const float *tile, int32_t m, const ms_combine_params *p, vd *center, vd *spread) {
    const vd count = (double)m;
    const vi at = lane_numbers();
    vd mean = 0.0;
    if (p->center == MS_CENTER_MEAN || p->deviation == MS_DEVIATION_STD)
        mean = tile_sum(tile, (vi)0, (vi)m) / count;
    *center = p->center == MS_CENTER_MEAN
                  ? mean
                  : (widen(load_vf(tile + (m - 1) / 2 * (size_t)W)) + widen(load_vf(tile + m / 2 * (size_t)W))) * 0.5;
    const vd d = p->deviation == MS_DEVIATION_STD
                     ? __builtin_elementwise_sqrt(tile_squares(tile, (vi)0, (vi)m, mean) / count)
                     : 1.482602218505602 * (m <= SCANNED ? tile_deviation(tile, m, *center)
                                                           : deviation_of(tile, at, (vi)0, (vi)m, *center));
    *spread = max_vd(d, (vd)p->floor);
}

/* First row of lo..<hi that is not below `lower`. Few are as a rule: four steps by one, then bisection. */
INLINE vi sigma_first(const float *base, vi at, vi lo, vi hi, vd lower) {
    for (int step = 0; step < 4; step++) {
        const vi below = (lo < hi) & narrow_mask(widen(gather(base, at + lo * W)) < lower);
        if (!any(below)) return lo;
        lo -= below;
    }
    vi end = hi;
    for (;;) {
        const vi open = lo < end;
        if (!any(open)) return lo;
        const vi mid = (lo + end) >> 1;
        const vi below = open & narrow_mask(widen(gather(base, at + mid * W)) < lower);
        lo = below ? mid + 1 : lo;
        end = open & ~below ? mid : end;
    }
}

/* Row behind the last of lo..<hi that is not above `upper`. */
INLINE vi sigma_end(const float *base, vi at, vi lo, vi hi, vd upper) {
    for (int step = 0; step < 4; step++) {
        const vi above = (lo < hi) & narrow_mask(widen(gather(base, at + (lo < hi ? hi - 1 : hi) * W)) > upper);
        if (!any(above)) return hi;
        hi += above;
    }
    vi start = lo;
    for (;;) {
        const vi open = start < hi;
        if (!any(open)) return hi;
        const vi mid = (start + hi) >> 1;
        const vi above = open & narrow_mask(widen(gather(base, at + mid * W)) > upper);
        hi = above ? mid : hi;
        start = open & ~above ? mid + 1 : start;
    }
}

static void reject_sigma(const batch *b, const ms_combine_params *p) {
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
            again = whole ? ((lo > 0) | (hi < n)) & (hi > lo) & (p->max_iterations != 1 ? -1 : 0) : n > 0;
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
        const int32_t limit = p->max_iterations == 0 || p->max_iterations > INT32_MAX ? INT32_MAX : (int32_t)p->max_iterations;
        vd center = 0.0;
        vi live = (done < limit) & (hi > lo);
        while (any(live)) {
            vd c, spread;
            const vi m = live ? hi - lo : (vi)1, from = live ? lo : (vi)0;
            sigma_measure(b->sorted, at, from, m, p, &c, &spread);
            center = widen_mask(live) ? c : center;
            const vi newLo = sigma_first(b->sorted, at, from, from + m, c - low * spread);
            const vi newHi = sigma_end(b->sorted, at, newLo, from + m, c + high * spread);
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
