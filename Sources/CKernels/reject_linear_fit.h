/* linear-fit: a line is fitted to the sorted samples x[0] ... x[n - 1] as a function of their rank (after
 * PixInsight and Siril). On more than 3 samples:
 *
 *     r = (n - 1) / 2; c = median; mean = c + sum(x[i] - c) / n; slope = sum((i - r) (x[i] - c)) / (n (n^2 - 1) / 12)
 *     line(i) = mean + slope (i - r); s = max(sum |x[i] - line(i)| / n, floor)
 *     from below, samples go as long as line(i) - x[i] > low s; from above, as long as x[i] - line(i) > high s
 *
 * repeated on what is left until nothing changes, max-iterations, or 3 or fewer are left. (Siril also rejects samples
 * in the middle of the sorted column that stand off the line; here only its ends are rejected, so that equal samples
 * have one fate as far as the ranks allow.) The centre, for min_keep, is the mean. */
INLINE void linear_fit_step(const float *tile, vi *lo, vi *hi, vd *center, const clipping *p) {
    const vi at = lane_numbers();
    const vi m = *hi - *lo;
    const vd count = __builtin_convertvector(m, vd), middle = (count - 1.0) * 0.5;
    const vd c = middle_of(tile, at, m > 0 ? *lo : (vi)0, max_vi(m, (vi)1));
    const vd origin = __builtin_convertvector(*lo, vd);
    vd sum = 0.0, product = 0.0, off = 0.0;
#define STATEMENT(IN)                                                                                                  \
    const vd d = x - c, rank = ((double)row - origin) - middle;                                                        \
    sum += IN(d);                                                                                                      \
    product += IN(rank * d);
    EACH_ROW(*lo, *hi, STATEMENT);
#undef STATEMENT
    const vd mean = c + sum / count;
    const vd slope = product / (count * (count * count - 1.0) / 12.0);
#define STATEMENT(IN)                                                                                                  \
    const vd rank = ((double)row - origin) - middle;                                                                   \
    off += IN(__builtin_elementwise_abs(x - (mean + slope * rank)));
    EACH_ROW(*lo, *hi, STATEMENT);
#undef STATEMENT
    const vd s = max_vd(off / count, (vd)p->floor);
    const vi start = *lo, stop = *hi;
    vi below = *lo, above = *hi;
    for (vi open = below < stop; any(open);) {
        const vd rank = __builtin_convertvector(below - start, vd) - middle;
        const vd x = widen(gather(tile, at + (open ? below : (vi)0) * W));
        open &= narrow_mask((mean + slope * rank) - x > p->low * s);
        below -= open;
        open &= below < stop;
    }
    for (vi open = above > below; any(open);) {
        const vd rank = __builtin_convertvector(above - 1 - start, vd) - middle;
        const vd x = widen(gather(tile, at + (open ? above - 1 : (vi)0) * W));
        open &= narrow_mask(x - (mean + slope * rank) > p->high * s);
        above += open;
        open &= above > below;
    }
    *lo = below;
    *hi = above;
    *center = mean;
}

static void reject_linear_fit(const batch *b, const double *values) {
    const clipping p = clipping_of(values);
    iterate(b, &p, 3, linear_fit_step);
}

static const ms_parameter linear_fit_parameters[] = {CLIPPING_PARAMETERS, MIN_KEEP};

static const rule rule_linear_fit = {
    .schema = {.name = "linear-fit",
               .summary = "Clipping by distances from a line through the sorted samples, repeated.",
               .source = "PixInsight, Siril",
               .kind = MS_RULE_RANGE,
               .parameter_count = COUNT_OF(linear_fit_parameters),
               .parameters = linear_fit_parameters},
    .decide = reject_linear_fit,
};
