/* noise: what a sample differs by is held against what its own frame's noise lets it differ by.
 *
 *     C = median of the samples of the pixel (float64 mean of the middle two), n their number
 *     level = max(C - sky, -level_floor), L = max(C - sky, 0)
 *     V = base + slope x level + (0.1 L)^2 + spread, of each frame; M = mean of V over the samples
 *     m = variance of the median of n samples of variance 1 (`ms_median_variance`)
 *
 * First samples strictly outside C - low x sqrt(V + m M) ... C + high x sqrt(V + m M) go. Then all samples of the
 * pixel are judged again, up to `passes` times or until nothing changes: o = mean of the other samples that
 * are in, v = sum of their V / their number^2; out is what lies strictly outside o - low x sqrt(V + v) ... o + high x
 * sqrt(V + v). A sample may come back. One that is alone stays; where all went, the one nearest to C returns (of equal
 * ones the earliest frame's). Of two samples the higher one goes where they are more than max(low, high) x sqrt(V1 + V2)
 * apart.
 *
 * The term in L is what a changing width of stars makes of their cores; `spread` is what structure around the pixel
 * does (`spread` of the row kernels). Nothing is rejected where no noise is known. */
static const ms_parameter noise_parameters[] = {
    {.key = "low",
     .summary = "Reject below the centre by more than so many of the sample's own expected deviations.",
     .type = MS_NUMBER,
     .initial = 4.5,
     .above = 1,
     .greatest = 1e100},
    {.key = "high",
     .summary = "Reject above the centre by more than so many of the sample's own expected deviations.",
     .type = MS_NUMBER,
     .initial = 3.5,
     .above = 1,
     .greatest = 1e100},
    {.key = "passes",
     .summary = "How often the samples of a pixel are judged again, by the mean of the others.",
     .type = MS_COUNT,
     .initial = 5,
     .greatest = 1000},
};

INLINE vd median_variances(vi n) {
    const int32_t first = n[0];
    if (!any(n != first)) return (vd)ms_median_variance(first);
    vd m;
    for (int k = 0; k < W; k++) m[k] = ms_median_variance(n[k]);
    return m;
}

/* What is out of the samples of all lanes whose bit is set in `active`, by the means of the others that are in. Gives
 * the lanes in which something changed. */
static uint16_t judge_by_others(const batch *b, const float *samples, vd level, vd extra, double low2, double high2,
                                vd center, uint16_t active) {
    const ms_noise *noise = b->facts->noise;
    vd sum = 0.0, variances = 0.0;
    vi count = 0;
    for (size_t f = 0; f < b->frames; f++) {
        const vf x = load_vf(samples + f * MS_LANES);
        const vi in = bit_lanes((uint16_t)~(b->low[f] | b->high[f])) & (x == x);
        const vd variance = (vd)noise[f].base + noise[f].slope * level + extra;
        sum += widen(in ? x : (vf)0.0f);
        variances += widen_mask(in) ? variance : (vd)0.0;
        count -= in;
    }
    uint16_t changed = 0;
    vi left = 0;
    for (size_t f = 0; f < b->frames; f++) {
        const vf x = load_vf(samples + f * MS_LANES);
        const uint16_t before = b->low[f] | b->high[f];
        const vi valid = x == x, in = bit_lanes((uint16_t)~before) & valid;
        const vd variance = (vd)noise[f].base + noise[f].slope * level + extra;
        const vi others = count + in;
        const vd n = __builtin_convertvector(others, vd);
        const vd rest = variances - (widen_mask(in) ? variance : (vd)0.0);
        /* Both sides of the comparison times the number of others, squared: nothing is divided. */
        const vd d = widen(x) * n - (sum - widen(in ? x : (vf)0.0f));
        const vd limit = (variance * (n * n) + rest) * (d > 0.0 ? (vd)high2 : (vd)low2);
        const vi out = narrow_mask(d * d > limit) & valid & (others > 0);
        const uint16_t now = (lane_bits(out) & active) | (before & (uint16_t)~active);
        const uint16_t below = lane_bits(narrow_mask(d < 0.0));
        const uint16_t low = (b->low[f] & (uint16_t)~active) | (now & active & below);
        changed |= (uint16_t)((now ^ before) & lane_bits(valid));
        b->low[f] = low;
        b->high[f] = (uint16_t)(now & ~low);
        left -= bit_lanes((uint16_t)~now) & valid;
    }
    const vi empty = (left == 0) & (load_vi(b->n) > 0) & bit_lanes(active);
    if (!any(empty)) return changed;
    vd nearest = (vd)__builtin_inf();
    for (size_t f = 0; f < b->frames; f++) {
        const vf x = load_vf(samples + f * MS_LANES);
        const vd d = __builtin_elementwise_abs(widen(x) - center);
        nearest = d < nearest ? d : nearest;
    }
    vi open = empty;
    for (size_t f = 0; f < b->frames; f++) {
        const vf x = load_vf(samples + f * MS_LANES);
        const vd d = __builtin_elementwise_abs(widen(x) - center);
        const vi back = open & narrow_mask(d == nearest);
        const uint16_t bits = lane_bits(back);
        b->low[f] &= (uint16_t)~bits;
        b->high[f] &= (uint16_t)~bits;
        open &= ~back;
    }
    return changed;
}

/* Whether any sample of a tile without gaps may go, by the centre or by the mean of the others: in float32, where half as
 * many vectors do, and on the safe side of what that rounds. `margin` is m M, `total` the sum of V, `most` what no V is above. */
static int may_go(const batch *b, const float *samples, vd center, vd mean, vd level, vd extra, vd margin, vd total,
                  vd most, double low2, double high2) {
    const double n = (double)b->frames, share = (n * n - 2.0 * n) / (n * n);
    if (any(narrow_mask((most + margin + extra) * (low2 > high2 ? low2 : high2) > 1e30))) return 1;
    const vf c = narrow(center), o = narrow(mean), at = narrow(level), alpha = (float)share;
    const vf fixed = narrow(margin + extra), fixedOthers = narrow(extra * share + total / (n * n));
    const vf slip = __builtin_elementwise_abs(c) * 2e-7f, slipOthers = __builtin_elementwise_abs(o) * 2e-7f;
    const vf low = (float)(low2 * 0.9999), high = (float)(high2 * 0.9999);
    vi out = 0;
    for (size_t f = 0; f < b->frames; f++) {
        const vf x = load_vf(samples + f * MS_LANES);
        const vf variance = (float)b->facts->noise[f].base + (float)b->facts->noise[f].slope * at;
        const vf d = x - c, e = x - o;
        const vf far = __builtin_elementwise_abs(d) + slip, farOthers = __builtin_elementwise_abs(e) + slipOthers;
        out |= far * far > (variance + fixed) * (d > 0.0f ? high : low);
        out |= farOthers * farOthers > (variance * alpha + fixedOthers) * (e > 0.0f ? high : low);
    }
    return any(out);
}

static int mark_noise(const batch *b, const double *values) {
    if (!b->facts || !b->facts->noise) return 0;
    const ms_frame_facts *facts = b->facts;
    const ms_noise *noise = facts->noise;
    const double low2 = values[0] * values[0], high2 = values[1] * values[1];
    const double pair2 = low2 > high2 ? low2 : high2;
    const float *tile = batch_tile(b, 0), *samples = batch_samples(b, 0);
    const vi n = load_vi(b->n), at = lane_numbers(), some = max_vi(n, (vi)1);
    const vd center = middle_of(tile, at, (vi)0, some), count = __builtin_convertvector(some, vd);
    const vd above = center - facts->sky;
    const vd level = max_vd(above, (vd)-facts->level_floor), bright = max_vd(above, (vd)0.0);
    vd extra = bright * bright * 0.01;
    if (facts->spread) extra += widen(load_vf(facts->spread + b->first * W));
    const vd m = median_variances(n);
    const vd first = widen(load_vf(tile)), last = widen(gather(tile, at + (some - 1) * W));
    const int whole = !any(n != (vi)(int32_t)b->frames);
    vd base = b->noise.base, slope = b->noise.slope;
    if (whole && b->frames > 2) {
        /* Nothing goes where the outermost samples are within the bounds that the frame of least noise would have. */
        vd sum = 0.0;
        for (size_t f = 0; f < b->frames; f++) sum += widen(load_vf(samples + f * MS_LANES));
        const vd least = (vd)b->noise.least_base + (level > 0.0 ? (vd)b->noise.least_slope : (vd)b->noise.most_slope) * level + extra;
        const vd most = (vd)b->noise.most_base + (level > 0.0 ? (vd)b->noise.most_slope : (vd)b->noise.least_slope) * level + extra;
        const vd mean = (base + slope * level) / count + extra, others = count - 1.0;
        const vd bound = least + m * mean;
        /* Sums of variances may be rounded otherwise than here. */
        const vd rest = least + (mean * count * 0.999999999 - most) / (others * others);
        const vd up = last - center, down = first - center;
        const vd top = last - (sum - last) / others, bottom = first - (sum - first) / others;
        if (!any(narrow_mask((up * up > bound * high2) | (down * down > bound * low2) | (top * top > rest * high2) |
                             (bottom * bottom > rest * low2))))
            return 0;
        /* Frames of different noise pass that bound often; each frame's own then says more. */
        if (!may_go(b, samples, center, sum / count, level, extra, m * mean, mean * count, most, low2, high2)) return 0;
    } else if (!whole) {
        base = 0.0, slope = 0.0;
        for (size_t f = 0; f < b->frames; f++) {
            const vl valid = widen_mask(load_vf(samples + f * MS_LANES) == load_vf(samples + f * MS_LANES));
            base += valid ? (vd)noise[f].base : (vd)0.0;
            slope += valid ? (vd)noise[f].slope : (vd)0.0;
        }
    }
    const vd margin = m * ((base + slope * level) / count + extra);
    const vi pair = n == 2, few = n < 2;
    const vd apart = last - first;
    const vi pairGoes = pair & narrow_mask(apart * apart > pair2 * (base + slope * level + (extra + extra)));
    uint16_t active = lane_bits(n > 2);
    for (size_t f = 0; f < b->frames; f++) {
        const vf x = load_vf(samples + f * MS_LANES);
        const vd variance = (vd)noise[f].base + noise[f].slope * level + extra;
        const vd d = widen(x) - center, limit = (variance + margin) * (d > 0.0 ? (vd)high2 : (vd)low2);
        const vi one = narrow_mask(d * d > limit) & ~pair & ~few;
        const vi goes = one | (pairGoes & narrow_mask(widen(x) == last));
        const uint16_t bits = lane_bits(goes), below = lane_bits(narrow_mask(d < 0.0));
        b->low[f] = bits & below;
        b->high[f] = (uint16_t)(bits & ~below);
    }
    for (int32_t pass = 0; active && pass < (int32_t)values[2]; pass++)
        active &= judge_by_others(b, samples, level, extra, low2, high2, center, active);
    uint16_t marked = 0;
    for (size_t f = 0; f < b->frames; f++) marked |= b->low[f] | b->high[f];
    return marked != 0;
}

static const rule rule_noise = {
    .schema = {.name = "noise",
               .summary = "Samples go that differ by more than the noise of their own frame lets them, measured or given.",
               .source = "MotionStack; after the CCD noise rule of IRAF imcombine",
               .kind = MS_RULE_SAMPLE,
               .needs = MS_NEEDS_NOISE,
               .parameter_count = COUNT_OF(noise_parameters),
               .parameters = noise_parameters},
    .mark = mark_noise,
};
