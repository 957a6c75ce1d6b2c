/* nth: of the valid samples of a pixel, in the order of the frames, number `n` goes: low where it lies below the median of
 * all, else high. */
static const ms_parameter nth_parameters[] = {
    {.key = "n", .summary = "Which sample goes.", .type = MS_COUNT, .initial = 3, .least = 1, .greatest = 1000},
};

static void reject_nth(const batch *b, const double *values) {
    const float *samples = batch_samples(b, 0);
    const vd median = middle_of(batch_tile(b, 0), lane_numbers(), (vi)0, max_vi(load_vi(b->n), (vi)1));
    vi seen = 0;
    for (size_t f = 0; f < b->frames; f++) {
        const vf x = load_vf(samples + f * MS_LANES);
        seen -= x == x;
        const vi goes = (x == x) & (seen == (int32_t)values[0]), below = narrow_mask(widen(x) < median);
        b->low[f] = lane_bits(goes & below);
        b->high[f] = lane_bits(goes & ~below);
    }
}

static const rule rule_nth = {
    .schema = {.name = "nth",
               .summary = "One sample of each pixel goes.",
               .source = "tests",
               .kind = MS_RULE_SAMPLE,
               .parameter_count = COUNT_OF(nth_parameters),
               .parameters = nth_parameters},
    .decide = reject_nth,
};
