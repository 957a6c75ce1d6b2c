/* Where two bounds cut a sorted column. */

/* First row of lo..<hi that is not below `lower`. Few are as a rule: four steps by one, then bisection. */
INLINE vi first_within(const float *base, vi at, vi lo, vi hi, vd lower) {
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
INLINE vi end_within(const float *base, vi at, vi lo, vi hi, vd upper) {
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
