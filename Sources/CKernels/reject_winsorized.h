/* MS_REJECT_WINSORIZED: sigma clipping about the median with a deviation of which outliers have been drawn in
 * (Huber and Ronchetti, Robust Statistics; the form that PixInsight and Siril use). On more than 3 samples:
 *
 *     centre = median; s = sd(samples), ddof 1; h = infinity
 *     repeat  h = min(h, 1.5 s); s' = 1.134 sd(samples with d clamped to -h ... h)
 *     until   |s' - s| <= 0.0005 s, or 50 times; s = s' each time
 *     samples strictly below centre - low x max(s, floor) or strictly above centre + high x max(s, floor) go
 *
 * repeated on what is left until nothing changes, max_iterations, or 3 or fewer are left. sd, with d = x - centre, all
 * sums ascending: sqrt((sum d^2 - (sum d)^2 / n) / (n - 1)), 0 where rounding makes that negative. Clamping about the
 * median leaves the median where it is. */
INLINE vd winsorized_deviation(const float *base, vi at, vi lo, vi hi, vd c, vd h, int tile) {
    const vd count = __builtin_convertvector(hi - lo, vd);
    vd sum = 0.0, squares = 0.0;
#define STATEMENT(IN)                                                                                                  \
    const vd d = min_vd(max_vd(x - c, -h), h);                                                                         \
    sum += IN(d);                                                                                                      \
    squares += IN(d * d);
    EACH_ROW(lo, hi, STATEMENT);
#undef STATEMENT
    return __builtin_elementwise_sqrt(max_vd((squares - sum * sum / count) / (count - 1.0), (vd)0.0));
}

INLINE void winsorized_step(const float *base, vi at, vi *lo, vi *hi, vd *center, const ms_combine_params *p,
                            int tile) {
    const vi m = *hi - *lo;
    const vd c = middle_of(base, at, m > 0 ? *lo : (vi)0, max_vi(m, (vi)1));
    vd h = (vd)__builtin_inf();
    vd s = winsorized_deviation(base, at, *lo, *hi, c, h, tile);
    vl open = widen_mask(m > 3);
    for (int round = 0; round < 50 && any(narrow_mask(open)); round++) {
        h = open ? min_vd(s * 1.5, h) : h;
        const vd next = 1.134 * winsorized_deviation(base, at, *lo, *hi, c, h, tile);
        const vl more = open & (__builtin_elementwise_abs(next - s) > 0.0005 * s);
        s = open ? next : s;
        open = more;
    }
    s = max_vd(s, (vd)p->floor);
    *lo = sigma_first(base, at, *lo, *hi, c - p->low * s);
    *hi = sigma_end(base, at, *lo, *hi, c + p->high * s);
    *center = c;
}

static void reject_winsorized(const batch *b, const ms_combine_params *p) { iterate(b, p, 3, winsorized_step); }
