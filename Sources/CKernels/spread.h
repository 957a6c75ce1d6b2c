/* What samples of a pixel may differ by for the structure around it: see `spread` in CKernels.h. */

INLINE vf farther(vf most, vf center, const float *row) {
    const vf d = __builtin_elementwise_abs(center - load_vf(row));
    return d > most ? d : most; /* no data compares as not greater */
}

INLINE vf spread_of(const float *above, const float *row, const float *below, const ms_spread_params *p) {
    const vf center = load_vf(row + 1);
    vf most = 0.0f;
    most = farther(most, center, above);
    most = farther(most, center, above + 1);
    most = farther(most, center, above + 2);
    most = farther(most, center, row);
    most = farther(most, center, row + 2);
    most = farther(most, center, below);
    most = farther(most, center, below + 1);
    most = farther(most, center, below + 2);
    const vd d = widen(most), level = max_vd(widen(center) - p->sky, (vd)-p->level_floor);
    const vd square = d * d, variance = p->base + p->slope * level;
    return narrow(square > variance * 36.0 ? (square - variance * 6.25) * 0.25 : (vd)0.0);
}

static void V(spread)(const float *above, const float *row, const float *below, size_t n, const ms_spread_params *p,
                      float *out) {
    size_t i = 0;
    for (; i + W <= n; i += W) store_vf(out + i, spread_of(above + i, row + i, below + i, p));
    if (i == n) return;
    float rows[3][W + 2], last[W];
    for (size_t k = 0; k < W + 2; k++) {
        const int in = i + k < n + 2;
        rows[0][k] = in ? above[i + k] : __builtin_nanf("");
        rows[1][k] = in ? row[i + k] : __builtin_nanf("");
        rows[2][k] = in ? below[i + k] : __builtin_nanf("");
    }
    store_vf(last, spread_of(rows[0], rows[1], rows[2], p));
    for (size_t k = 0; i + k < n; k++) out[i + k] = last[k];
}
