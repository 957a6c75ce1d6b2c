/* winsorized: sigma clipping about the median with a deviation of which outliers have been drawn in
 * (Huber and Ronchetti, Robust Statistics; the form that PixInsight and Siril use). On more than 3 samples:
 *
 *     centre = median; s = sd(samples), ddof 1; h = infinity
 *     repeat  h = min(h, 1.5 s); s' = 1.134 sd(samples with d clamped to -h ... h)
 *     until   |s' - s| <= 0.0005 s, or 50 times; s = s' each time
 *     samples strictly below centre - low x max(s, floor) or strictly above centre + high x max(s, floor) go
 *
 * repeated on what is left until nothing changes, max-iterations, or 3 or fewer are left. sd, with d = x - centre:
 * sqrt((sum d^2 - (sum d)^2 / n) / (n - 1)), 0 where rounding makes that negative; sums are of the samples but for the
 * n / 4 (rounded down) lowest and highest, ascending, then those lowest, then those highest. Clamping about the median
 * leaves the median where it is. */
INLINE void winsorized_add(const float *tile, vi lo, vi hi, vd c, vd h, vd *sums, vd *squared) {
    vd sum = *sums, squares = *squared;
#define STATEMENT(IN)                                                                                                  \
    const vd d = min_vd(max_vd(x - c, -h), h);                                                                         \
    sum += IN(d);                                                                                                      \
    squares += IN(d * d);
    EACH_ROW(lo, hi, STATEMENT);
#undef STATEMENT
    *sums = sum;
    *squared = squares;
}

INLINE void winsorized_step(const float *tile, vi *lo, vi *hi, vd *center, const clipping *p) {
    const vi at = lane_numbers();
    const vi m = *hi - *lo, q = m >> 2, first = *lo + q, end = *hi - q;
    const vd count = __builtin_convertvector(m, vd);
    const vd c = middle_of(tile, at, m > 0 ? *lo : (vi)0, max_vi(m, (vi)1));
    /* The inner half is drawn in for no lane as a rule: its sums serve every round. */
    vd sum = 0.0, squares = 0.0;
    winsorized_add(tile, first, end, c, (vd)__builtin_inf(), &sum, &squares);
    const vi some = m > 0;
    const vd reach = max_vd(c - widen(gather(tile, at + (some ? first : (vi)0) * W)),
                            widen(gather(tile, at + (some ? end - 1 : (vi)0) * W)) - c);
#define DEVIATION(H, OPEN, INTO)                                                                                       \
    do {                                                                                                               \
        vd all = sum, allSquares = squares;                                                                            \
        if (any(narrow_mask((OPEN) & (reach > (H))))) {                                                                \
            all = 0.0, allSquares = 0.0;                                                                               \
            winsorized_add(tile, first, end, c, H, &all, &allSquares);                                       \
        }                                                                                                              \
        winsorized_add(tile, *lo, first, c, H, &all, &allSquares);                                           \
        winsorized_add(tile, end, *hi, c, H, &all, &allSquares);                                             \
        INTO = __builtin_elementwise_sqrt(max_vd((allSquares - all * all / count) / (count - 1.0), (vd)0.0));          \
    } while (0)
    vd h = (vd)__builtin_inf(), s, next;
    vl open = widen_mask(m > 3);
    DEVIATION(h, open, s);
    for (int round = 0; round < 50 && any(narrow_mask(open)); round++) {
        h = open ? min_vd(s * 1.5, h) : h;
        DEVIATION(h, open, next);
        next *= 1.134;
        const vl more = open & (__builtin_elementwise_abs(next - s) > 0.0005 * s);
        s = open ? next : s;
        open = more;
    }
#undef DEVIATION
    s = max_vd(s, (vd)p->floor);
    *lo = first_within(tile, at, *lo, *hi, c - p->low * s);
    *hi = end_within(tile, at, *lo, *hi, c + p->high * s);
    *center = c;
}

static void reject_winsorized(const batch *b, const double *values) {
    const clipping p = clipping_of(values);
    iterate(b, &p, 3, winsorized_step);
}

static const ms_parameter winsorized_parameters[] = {CLIPPING_PARAMETERS, MIN_KEEP};

static const rule rule_winsorized = {
    .schema = {.name = "winsorized",
               .summary = "Clipping by a deviation of which outliers have been drawn in, repeated.",
               .source = "Huber and Ronchetti (2009), PixInsight, Siril",
               .kind = MS_RULE_RANGE,
               .parameter_count = COUNT_OF(winsorized_parameters),
               .parameters = winsorized_parameters},
    .decide = reject_winsorized,
    .by_value = 1,
};
