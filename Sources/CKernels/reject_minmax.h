/* minmax: the nlow lowest and the nhigh highest valid samples go (all of them where a pixel has no more). Of equal
 * samples the earlier frames' go first, the low ones before the high ones. The centre, for min-keep, is the median of
 * all. */
static const ms_parameter minmax_parameters[] = {
    {.key = "nlow",
     .option = "nlow",
     .summary = "So many of the lowest samples go.",
     .type = MS_COUNT,
     .initial = 1,
     .greatest = 1000000},
    {.key = "nhigh",
     .option = "nhigh",
     .summary = "So many of the highest samples go.",
     .type = MS_COUNT,
     .initial = 1,
     .greatest = 1000000},
    MIN_KEEP,
};

static void reject_minmax(const batch *b, const double *values) {
    const int32_t low = (int32_t)values[0], high = (int32_t)values[1];
    for (size_t t = 0; t < b->tiles; t++) {
        const vi n = load_vi(b->n + t * W);
        const vi lo = min_vi(n, (vi)low);
        store_vi(b->lo + t * W, lo);
        store_vi(b->hi + t * W, n - min_vi(n - lo, (vi)high));
        store_vd(b->center + t * W, middle_of(batch_tile(b, t), lane_numbers(), (vi)0, max_vi(n, (vi)1)));
    }
}

static const rule rule_minmax = {
    .schema = {.name = "minmax",
               .summary = "The lowest and the highest samples go, so many of each.",
               .source = "IRAF imcombine",
               .kind = MS_RULE_RANGE,
               .parameter_count = COUNT_OF(minmax_parameters),
               .parameters = minmax_parameters},
    .decide = reject_minmax,
};
