/* Sorting W columns at once: rows of vectors, compared and exchanged by networks, so that the work does not depend on
 * the data. Blocks of 16 rows are sorted in registers (Green's network of 60 comparators, in Knuth's TAOCP 3, 5.3.4),
 * then merged by Batcher's odd-even merge (1968). Three or four stages of a merge are done in one pass over memory:
 * its first stages on rows that stand a fixed stride apart, its last ones on a window that slides over the rows. Rows
 * beyond the end count as +infinity and never move, so any number of rows is merged without waste. */

INLINE void order(vf *a, vf *b) {
    const vf x = *a, y = *b;
    *a = min_vf(x, y);
    *b = max_vf(y, x);
}

INLINE void sort8(vf *v) {
#define O(i, j) order(&v[i], &v[j]);
    O(0, 1) O(2, 3) O(4, 5) O(6, 7) O(0, 2) O(1, 3) O(4, 6) O(5, 7) O(1, 2) O(5, 6)
    O(0, 4) O(1, 5) O(2, 6) O(3, 7) O(2, 4) O(3, 5) O(1, 2) O(3, 4) O(5, 6)
#undef O
}

INLINE void sort16(vf *v) {
#define O(i, j) order(&v[i], &v[j]);
    O(0, 13) O(1, 12) O(2, 15) O(3, 14) O(4, 8) O(5, 6) O(7, 11) O(9, 10)
    O(0, 5) O(1, 7) O(2, 9) O(3, 4) O(6, 13) O(8, 14) O(10, 15) O(11, 12)
    O(0, 1) O(2, 3) O(4, 5) O(6, 8) O(7, 9) O(10, 11) O(12, 13) O(14, 15)
    O(0, 2) O(1, 3) O(4, 10) O(5, 11) O(6, 7) O(8, 9) O(12, 14) O(13, 15)
    O(1, 2) O(3, 12) O(4, 6) O(5, 7) O(8, 10) O(9, 11) O(13, 14)
    O(1, 4) O(2, 6) O(5, 8) O(7, 10) O(9, 13) O(11, 14)
    O(2, 4) O(3, 6) O(9, 12) O(11, 13)
    O(3, 5) O(6, 8) O(7, 9) O(10, 12)
    O(3, 4) O(5, 6) O(7, 8) O(9, 10) O(11, 12)
    O(6, 7) O(8, 9)
#undef O
}

#define UNROLLED _Pragma("clang loop unroll(full)")
#define ROW_INFINITY ((vf)__builtin_inff())

/* First three stages of a merge: rows a[0], a[stride]... of which `count` exist (5 to 8). */
INLINE void merge_apart8(vf *a, size_t stride, size_t count) {
    vf v[8];
    UNROLLED for (size_t t = 0; t < 5; t++) v[t] = a[t * stride];
    UNROLLED for (size_t t = 5; t < 8; t++) v[t] = t < count ? a[t * stride] : ROW_INFINITY;
    UNROLLED for (size_t t = 0; t < 4; t++) order(&v[t], &v[t + 4]);
    order(&v[2], &v[4]), order(&v[3], &v[5]);
    order(&v[1], &v[2]), order(&v[3], &v[4]), order(&v[5], &v[6]);
    UNROLLED for (size_t t = 0; t < 5; t++) a[t * stride] = v[t];
    UNROLLED for (size_t t = 5; t < 8; t++)
        if (t < count) a[t * stride] = v[t];
}

/* First four stages: 9 to 16 rows. */
INLINE void merge_apart16(vf *a, size_t stride, size_t count) {
    vf v[16];
    UNROLLED for (size_t t = 0; t < 9; t++) v[t] = a[t * stride];
    UNROLLED for (size_t t = 9; t < 16; t++) v[t] = t < count ? a[t * stride] : ROW_INFINITY;
    UNROLLED for (size_t t = 0; t < 8; t++) order(&v[t], &v[t + 8]);
    UNROLLED for (size_t t = 4; t < 8; t++) order(&v[t], &v[t + 4]);
    UNROLLED for (size_t t = 2; t < 14; t += 4) order(&v[t], &v[t + 2]), order(&v[t + 1], &v[t + 3]);
    UNROLLED for (size_t t = 1; t < 15; t += 2) order(&v[t], &v[t + 1]);
    UNROLLED for (size_t t = 0; t < 9; t++) a[t * stride] = v[t];
    UNROLLED for (size_t t = 9; t < 16; t++)
        if (t < count) a[t * stride] = v[t];
}

/* The stages of distance 4, 2 and 1 strides over `count` rows (8 or more): v[1...7] wait for their partners. */
INLINE void slide8_step(vf *v) {
    order(&v[4], &v[8]), order(&v[5], &v[9]), order(&v[6], &v[10]), order(&v[7], &v[11]);
    order(&v[2], &v[4]), order(&v[3], &v[5]), order(&v[6], &v[8]), order(&v[7], &v[9]);
    order(&v[1], &v[2]), order(&v[3], &v[4]), order(&v[5], &v[6]), order(&v[7], &v[8]);
}

INLINE void slide8(vf *a, size_t stride, size_t count) {
    vf v[16];
    UNROLLED for (size_t t = 1; t < 8; t++) v[t] = a[t * stride];
    size_t at = 8;
    for (; at + 8 <= count; at += 8) {
        UNROLLED for (size_t t = 0; t < 8; t++) v[8 + t] = a[(at + t) * stride];
        slide8_step(v);
        UNROLLED for (size_t t = 1; t < 9; t++) a[(at - 8 + t) * stride] = v[t];
        UNROLLED for (size_t t = 1; t < 8; t++) v[t] = v[8 + t];
    }
    if (at < count) {
        UNROLLED for (size_t t = 0; t < 8; t++) v[8 + t] = at + t < count ? a[(at + t) * stride] : ROW_INFINITY;
        slide8_step(v);
        UNROLLED for (size_t t = 1; t < 9; t++) a[(at - 8 + t) * stride] = v[t];
        UNROLLED for (size_t t = 1; t < 8; t++) v[t] = v[8 + t];
        at += 8;
    }
    order(&v[2], &v[4]), order(&v[3], &v[5]);
    order(&v[1], &v[2]), order(&v[3], &v[4]), order(&v[5], &v[6]);
    UNROLLED for (size_t t = 1; t < 8; t++)
        if (at - 8 + t < count) a[(at - 8 + t) * stride] = v[t];
}

/* The stages of distance 2 and 1 strides over `count` rows (4 or more). */
INLINE void slide4(vf *a, size_t stride, size_t count) {
    vf v[8];
    UNROLLED for (size_t t = 1; t < 4; t++) v[t] = a[t * stride];
    size_t at = 4;
    for (; at < count; at += 4) {
        if (at + 4 <= count)
            UNROLLED for (size_t t = 0; t < 4; t++) v[4 + t] = a[(at + t) * stride];
        else
            UNROLLED for (size_t t = 0; t < 4; t++) v[4 + t] = at + t < count ? a[(at + t) * stride] : ROW_INFINITY;
        order(&v[2], &v[4]), order(&v[3], &v[5]);
        order(&v[1], &v[2]), order(&v[3], &v[4]);
        UNROLLED for (size_t t = 1; t < 5; t++) a[(at - 4 + t) * stride] = v[t];
        UNROLLED for (size_t t = 1; t < 4; t++) v[t] = v[4 + t];
    }
    order(&v[1], &v[2]);
    UNROLLED for (size_t t = 1; t < 4; t++)
        if (at - 4 + t < count) a[(at - 4 + t) * stride] = v[t];
}

/* First stages of a merge, `stages` = 3 or 4, for all rows that stand `stride` apart. */
INLINE void merge_first(vf *a, size_t rows, size_t stride, unsigned stages) {
    for (size_t i = 0; i < stride && i < rows; i++) {
        const size_t count = (rows - i + stride - 1) / stride;
        if (stages == 4) {
            if (count == 16) merge_apart16(a + i, stride, 16);
            else if (count > 8) merge_apart16(a + i, stride, count);
        } else {
            if (count == 8) merge_apart8(a + i, stride, 8);
            else if (count == 7) merge_apart8(a + i, stride, 7);
            else if (count == 6) merge_apart8(a + i, stride, 6);
            else if (count == 5) merge_apart8(a + i, stride, 5);
        }
    }
}

/* Last stages, 2 or 3, down to a distance of `stride` rows. */
INLINE void merge_last(vf *a, size_t rows, size_t stride, unsigned stages) {
    for (size_t i = 0; i < stride; i++) {
        const size_t count = (rows - i + stride - 1) / stride;
        if (stages == 3) slide8(a + i, stride, count);
        else slide4(a + i, stride, count);
    }
}

/* Merges the sorted rows a[0..<half] and a[half..<rows]; half is 2^log2Half, 16 or more, half < rows <= 2 half; rows is
 * a multiple of 8. Small merges have their strides as constants. */
INLINE void merge_rows(vf *a, size_t rows, unsigned log2Half) {
    if (log2Half == 4) {
        merge_first(a, rows, 4, 3);
        merge_last(a, rows, 1, 2);
    } else if (log2Half == 5) {
        merge_first(a, rows, 8, 3);
        merge_last(a, rows, 1, 3);
    } else if (log2Half == 6) {
        merge_first(a, rows, 8, 4);
        merge_last(a, rows, 1, 3);
    } else {
        unsigned left = log2Half + 1; /* stages to do */
        /* Not 16 rows at once where they stand a page or more apart: they would share one set of a first-level cache. */
        const unsigned first = (left - 3) % 3 == 1 && log2Half < 9 ? 4 : 3;
        left -= first;
        merge_first(a, rows, (size_t)1 << left, first);
        while (left > 0) {
            const unsigned stages = left == 4 || left == 2 ? 2 : 3;
            left -= stages;
            if (left > 0) merge_last(a, rows, (size_t)1 << left, stages);
            else merge_last(a, rows, 1, stages);
        }
    }
}

/* Rows that a sorted tile takes: the frames, made up to a multiple of 8, and one of +infinity behind them. */
INLINE size_t tile_rows(size_t frames) { return (frames + 7) / 8 * 8 + 1; }

/* A sample as it is sorted: NaN goes to the end as +infinity. */
INLINE vf sortable(vf v) { return min_vf(v, ROW_INFINITY); }

/* Rows that are sorted to the end before the next are begun: they stay in the first-level cache. */
enum { LOG2_RUN = 9, RUN = 1 << LOG2_RUN };

/* Sorts the blocks of 16 rows of frames from..<to, which stand `stride` samples apart, the last one made up to a
 * multiple of 8 rows. */
INLINE void sort_blocks(const float *block, size_t stride, size_t from, size_t to, vf *tile) {
    size_t f = from;
    for (; f + 16 <= to; f += 16) {
        vf v[16];
        UNROLLED for (size_t t = 0; t < 16; t++) v[t] = sortable(load_vf(block + (f + t) * stride));
        sort16(v);
        UNROLLED for (size_t t = 0; t < 16; t++) tile[f + t] = v[t];
    }
    const size_t left = to - f;
    if (left > 8) {
        vf v[16];
        UNROLLED for (size_t t = 0; t < 9; t++) v[t] = sortable(load_vf(block + (f + t) * stride));
        UNROLLED for (size_t t = 9; t < 16; t++)
            v[t] = t < left ? sortable(load_vf(block + (f + t) * stride)) : ROW_INFINITY;
        sort16(v);
        UNROLLED for (size_t t = 0; t < 16; t++) tile[f + t] = v[t];
    } else if (left > 0) {
        vf v[8];
        UNROLLED for (size_t t = 0; t < 8; t++)
            v[t] = t < left ? sortable(load_vf(block + (f + t) * stride)) : ROW_INFINITY;
        sort8(v);
        UNROLLED for (size_t t = 0; t < 8; t++) tile[f + t] = v[t];
    }
}

/* Sorts W columns of a block, each ascending, its no-data samples at the end as +infinity. */
INLINE void sort_apart(const float *block, size_t stride, size_t frames, vf *tile) {
    const size_t rows = tile_rows(frames) - 1;
    for (size_t from = 0; from < rows; from += RUN) {
        const size_t to = frames - from < RUN ? frames : from + RUN, end = rows - from < RUN ? rows : from + RUN;
        sort_blocks(block, stride, from, to, tile);
        unsigned log2Half = 4;
        for (size_t half = 16; half < RUN; half *= 2, log2Half++)
            for (size_t at = from; at + half < end; at += 2 * half)
                merge_rows(tile + at, end - at < 2 * half ? end - at : 2 * half, log2Half);
    }
    unsigned log2Half = LOG2_RUN;
    for (size_t half = RUN; half < rows; half *= 2, log2Half++)
        for (size_t at = 0; at + half < rows; at += 2 * half)
            merge_rows(tile + at, rows - at < 2 * half ? rows - at : 2 * half, log2Half);
    tile[rows] = ROW_INFINITY;
}

static __attribute__((noinline)) void sort_tile(const float *block, size_t frames, vf *tile) {
    sort_apart(block, MS_LANES, frames, tile);
}

/* The same of samples that stand W apart. */
static __attribute__((noinline)) void sort_packed(const float *block, size_t frames, vf *tile) {
    sort_apart(block, W, frames, tile);
}
