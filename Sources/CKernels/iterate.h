/* Driver of the rejection rules that iterate over whole columns: a step measures the kept rows of W lanes and says
 * which of them stay; it is repeated on what is left until nothing changes, max-iterations, or no more than `few`
 * samples are left. First tile by tile, then the lanes that changed, gathered from all tiles into tiles of their own. */

/* Runs STATEMENT for each row of the kept range lo..<hi of any lane, with `x` in float64 and `in` for the lanes that it
 * belongs to; IN(V) is V there and 0 elsewhere. Rows that belong to all lanes are not masked. */
#define EACH_ROW(LO, HI, STATEMENT)                                                                                    \
    do {                                                                                                               \
        const int32_t fromRow = least(LO), allFrom = greatest(LO), allTo = least(HI), toRow = greatest(HI);            \
        int32_t row = fromRow;                                                                                         \
        for (; row < toRow && (row < allFrom || allFrom >= allTo); row++) {                                            \
            const vl in = widen_mask(((LO) <= row) & ((HI) > row));                                                    \
            const vd x = widen(load_vf(tile + (size_t)row * W));                                                           \
            STATEMENT(IN_SOME)                                                                                         \
        }                                                                                                              \
        for (; row < allTo; row++) {                                                                                   \
            const vd x = widen(load_vf(tile + (size_t)row * W));                                                           \
            STATEMENT(IN_ALL)                                                                                          \
        }                                                                                                              \
        for (; row < toRow; row++) {                                                                                   \
            const vl in = widen_mask(((LO) <= row) & ((HI) > row));                                                    \
            const vd x = widen(load_vf(tile + (size_t)row * W));                                                           \
            STATEMENT(IN_SOME)                                                                                         \
        }                                                                                                              \
    } while (0)
#define IN_SOME(V) (in ? (V) : (vd)0.0)
#define IN_ALL(V) (V)

/* Takes the kept rows (hi > lo), gives those that stay, a centre, and nothing else. */
typedef void (*iteration_step)(const float *tile, vi *lo, vi *hi, vd *center, const clipping *p);

INLINE void iterate(const batch *b, const clipping *p, int32_t few, iteration_step step) {
    size_t waiting = 0;
    const vi lanes = lane_numbers();
    const int32_t limit = p->iterations;
    for (size_t t = 0; t < b->tiles; t++) {
        const vi n = load_vi(b->n + t * W);
        vi lo = 0, hi = n, live = n > few;
        vd center = middle_of(batch_tile(b, t), lanes, (vi)0, max_vi(n, (vi)1));
        int32_t done = 0;
        /* On the tile as long as a third of its lanes go on; the others wait to be gathered. */
        while (done < limit && __builtin_reduce_add(live) < (done == 0 ? 0 : -W / 3)) {
            vi newLo = lo, newHi = hi;
            vd c;
            step(batch_tile(b, t), &newLo, &newHi, &c, p);
            newHi = max_vi(newHi, newLo);
            const vi changed = live & ((newLo != lo) | (newHi != hi));
            lo = live ? newLo : lo;
            hi = live ? newHi : hi;
            center = widen_mask(live) ? c : center;
            live = changed & (hi - lo > few);
            done++;
        }
        if (done < limit) waiting += select_lanes(b->pending + waiting, live, (vi)(int32_t)(t * W) + lanes);
        store_vi(b->done + t * W, (vi)done);
        store_vi(b->lo + t * W, lo);
        store_vi(b->hi + t * W, hi);
        store_vd(b->center + t * W, center);
    }
    for (size_t first = 0; first < waiting; first += W) {
        const size_t have = waiting - first < W ? waiting - first : W;
        vi lo, hi, at, name, done;
        vd center;
        for (size_t k = 0; k < W; k++) {
            const int32_t lane = b->pending[first + (k < have ? k : 0)];
            name[k] = lane;
            at[k] = (int32_t)((size_t)lane / W * b->rows * W + (size_t)lane % W);
            done[k] = b->done[lane];
            lo[k] = b->lo[lane];
            hi[k] = b->hi[lane];
            center[k] = b->center[lane];
        }
        const int32_t end = greatest(hi); /* a row behind the last one is looked at, never used */
        for (int32_t row = least(lo); row <= end; row++)
            store_vf(b->gathered + (size_t)row * W, gather(b->sorted, at + row * W));
        for (vi live = done < limit; any(live);) {
            vi newLo = lo, newHi = hi;
            vd c;
            step(b->gathered, &newLo, &newHi, &c, p);
            newHi = max_vi(newHi, newLo);
            const vi changed = live & ((newLo != lo) | (newHi != hi));
            lo = live ? newLo : lo;
            hi = live ? newHi : hi;
            center = widen_mask(live) ? c : center;
            done += 1;
            live = changed & (hi - lo > few) & (done < limit);
        }
        for (size_t k = 0; k < have; k++) {
            b->lo[name[k]] = lo[k];
            b->hi[name[k]] = hi[k];
            b->center[name[k]] = center[k];
        }
    }
}
