/* Driver of the rejection rules that iterate over whole columns: a step measures the kept rows of W lanes and says
 * which of them stay; it is repeated on what is left until nothing changes, max_iterations, or no more than `few`
 * samples are left. First tile by tile, then, gathered from all tiles, the lanes that changed. */

/* Row `row` of W columns: of one tile, or of lanes from several. */
INLINE vf row_of(const float *base, vi at, int32_t row, int tile) {
    return tile ? load_vf(base + (size_t)row * W) : gather(base, at + row * W);
}

/* Rows lo..<hi of the lanes, ascending sum. */
INLINE vd rows_sum(const float *base, vi at, vi lo, vi hi, int tile) {
    const int32_t end = greatest(hi);
    vd sum = 0.0;
    for (int32_t row = least(lo); row < end; row++)
        sum += widen(((lo <= row) & (hi > row)) ? row_of(base, at, row, tile) : (vf)0.0f);
    return sum;
}

/* Takes the kept rows (hi > lo), gives those that stay, a centre, and nothing else. */
typedef void (*iteration_step)(const float *base, vi at, vi *lo, vi *hi, vd *center, const ms_combine_params *p,
                               int tile);

INLINE void iterate(const batch *b, const ms_combine_params *p, int32_t few, iteration_step step) {
    size_t waiting = 0;
    const vi lanes = lane_numbers();
    const int32_t limit = p->max_iterations == 0 || p->max_iterations > INT32_MAX ? INT32_MAX : (int32_t)p->max_iterations;
    for (size_t t = 0; t < b->tiles; t++) {
        const vi n = load_vi(b->n + t * W);
        const vi live = n > few;
        vi lo = 0, hi = n;
        vd center = middle_of(batch_tile(b, t), lanes, (vi)0, max_vi(n, (vi)1));
        if (any(live)) {
            vi newLo = lo, newHi = hi;
            vd c;
            step(batch_tile(b, t), lanes, &newLo, &newHi, &c, p, 1);
            newHi = max_vi(newHi, newLo);
            const vi changed = live & ((newLo != lo) | (newHi != hi));
            lo = live ? newLo : lo;
            hi = live ? newHi : hi;
            center = widen_mask(live) ? c : center;
            const vi again = changed & (hi - lo > few) & (limit > 1 ? -1 : 0);
            waiting += select_lanes(b->pending + waiting, again, (vi)(int32_t)(t * W) + lanes);
        }
        store_vi(b->lo + t * W, lo);
        store_vi(b->hi + t * W, hi);
        store_vd(b->center + t * W, center);
    }
    for (size_t first = 0; first < waiting; first += W) {
        const size_t have = waiting - first < W ? waiting - first : W;
        vi lo, hi, at, name;
        vd center;
        for (size_t k = 0; k < W; k++) {
            const int32_t lane = b->pending[first + (k < have ? k : 0)];
            name[k] = lane;
            at[k] = (int32_t)((size_t)lane / W * b->rows * W + (size_t)lane % W);
            lo[k] = b->lo[lane];
            hi[k] = b->hi[lane];
            center[k] = b->center[lane];
        }
        vi live = -1;
        for (int32_t done = 1; done < limit && any(live); done++) {
            vi newLo = lo, newHi = hi;
            vd c;
            step(b->sorted, at, &newLo, &newHi, &c, p, 0);
            newHi = max_vi(newHi, newLo);
            const vi changed = live & ((newLo != lo) | (newHi != hi));
            lo = live ? newLo : lo;
            hi = live ? newHi : hi;
            center = widen_mask(live) ? c : center;
            live = changed & (hi - lo > few);
        }
        for (size_t k = 0; k < have; k++) {
            b->lo[name[k]] = lo[k];
            b->hi[name[k]] = hi[k];
            b->center[name[k]] = center[k];
        }
    }
}
