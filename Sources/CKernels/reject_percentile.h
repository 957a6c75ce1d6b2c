/* percentile: once, samples strictly below median - low x |median| or strictly above median + high x |median| go. The
 * centre, for min-keep, is the median. */
static const ms_parameter percentile_parameters[] = {
    {.key = "low",
     .option = "percentile-low",
     .summary = "Samples below the median by more than this part of it go.",
     .type = MS_NUMBER,
     .initial = 0.2,
     .above = 1,
     .greatest = NO_LIMIT},
    {.key = "high",
     .option = "percentile-high",
     .summary = "Samples above the median by more than this part of it go.",
     .type = MS_NUMBER,
     .initial = 0.1,
     .above = 1,
     .greatest = NO_LIMIT},
    MIN_KEEP,
};

static void reject_percentile(const batch *b, const double *values) {
    const double low = values[0], high = values[1];
    const vi at = lane_numbers();
    for (size_t t = 0; t < b->tiles; t++) {
        const float *tile = batch_tile(b, t);
        const vi n = load_vi(b->n + t * W);
        const vd c = middle_of(tile, at, (vi)0, max_vi(n, (vi)1)), size = __builtin_elementwise_abs(c);
        const vi lo = first_within(tile, at, (vi)0, n, c - low * size);
        store_vi(b->lo + t * W, lo);
        store_vi(b->hi + t * W, end_within(tile, at, lo, n, c + high * size));
        store_vd(b->center + t * W, c);
    }
}

static const rule rule_percentile = {
    .schema = {.name = "percentile",
               .summary = "Samples go that differ from the median by more than a part of it; for few frames.",
               .source = "PixInsight, Siril",
               .kind = MS_RULE_RANGE,
               .parameter_count = COUNT_OF(percentile_parameters),
               .parameters = percentile_parameters},
    .decide = reject_percentile,
    .by_value = 1,
};
