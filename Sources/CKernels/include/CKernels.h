/* CKernels: the pixel loops of MotionStack.
 *
 * No allocation, no input or output, no writable globals. Every variant gives the same bits: only + - x / sqrt,
 * comparisons and conversions, no contraction, and SIMD lanes are pixels, never frames, so that the order of a sum
 * depends on the frames alone. Every kernel has a plain Swift twin in Tests/TestSupport.
 *
 * No data is NaN. The sign of zero is not kept: every kernel that writes samples writes +0. Denormals are kept.
 * Infinities never get out of decode, bilinear or normalise: they become NaN.
 */
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A column block: frames x 16 samples of 16 neighbouring pixels, [frame][lane], contiguous, 64-byte aligned.
 * Several blocks follow one another: groups x frames x 16. */
#define MS_LANES 16

/* ---- Decode ---------------------------------------------------------------------------------------------------- */

enum {
    MS_DECODE_BLANK = 1,    /* raw integers equal to `blank` are no data (integer formats only) */
    MS_DECODE_LOW = 2,      /* physical values strictly below `low` are no data */
    MS_DECODE_HIGH = 4,     /* physical values strictly above `high` are no data */
    MS_DECODE_NO_DATA = 8,  /* physical values equal to `no_data` are no data */
    MS_DECODE_UNSIGNED = 16 /* 16-bit raw is read as unsigned; BLANK may then be given in either form */
};

typedef struct ms_decode_params {
    double bscale, bzero;
    int64_t blank;
    double low, high, no_data;
    uint32_t flags;
} ms_decode_params;

/* Big-endian raw samples at any alignment -> n float32 (any alignment).
 * value = bzero + bscale x raw in float64; rounded once to float32. 64-bit integers with bscale 1 and an integral bzero
 * of at most 2^64 are the exact integer, rounded once (thresholds see it rounded to float64).
 * NaN and infinite values, also by overflow, become NaN. */
typedef void (*ms_decode_fn)(const uint8_t *raw, float *out, size_t n, const ms_decode_params *p);
/* The same straight into frame `frame` of the row's column blocks, as `scatter` places them. */
typedef void (*ms_decode_columns_fn)(const uint8_t *raw, size_t n, float *columns, size_t frame, size_t frames,
                                     const ms_decode_params *p);
/* The same added up, as accumulate_sum does. Returns the number of valid samples. */
typedef size_t (*ms_decode_sum_fn)(const uint8_t *raw, size_t n, double *sum, int32_t *count,
                                   const ms_decode_params *p);

/* ---- Resample ---------------------------------------------------------------------------------------------------- */

/* Which of the four neighbours take part; with MS_TAPS_NONE row0 is copied. */
enum { MS_TAPS_NONE = 0, MS_TAPS_X = 1, MS_TAPS_Y = 2, MS_TAPS_XY = 3 };

typedef struct ms_resample_params {
    uint32_t taps;
    float w00, w10, w01, w11; /* of row0[i], row0[i+1], row1[i], row1[i+1] */
    double scale, offset;     /* of normalise; 1 and 0 leave the samples as they are */
} ms_resample_params;

/* Pixels an axis that a kernel of `convolve` takes at most. */
#define MS_MOST_TAPS 8

typedef struct ms_taps {
    uint32_t columns, rows; /* 1 to MS_MOST_TAPS */
    double x[MS_MOST_TAPS], y[MS_MOST_TAPS];
} ms_taps;

/* ---- Combine --------------------------------------------------------------------------------------------------- */

/* Products: see ms_combine_out. A product is made where its pointer is not NULL; these bits name them in settings. */
enum {
    MS_AVERAGE = 1,
    MS_MEDIAN = 2,
    MS_SUM = 4,
    MS_MIN = 8,
    MS_MAX = 16,
    MS_SUM_RAW = 32,
    MS_UNCERTAINTY = 64
};

/* ---- Rejection rules -------------------------------------------------------------------------------------------- */

/* What a value may be. */
enum {
    MS_NUMBER = 0, /* a number */
    MS_COUNT = 1,  /* a whole number */
    MS_WORD = 2,   /* one of `words`; its value is its place among them, from 0 */
    MS_STEP = 3    /* a number, or `auto`, which the caller replaces: the step of integer samples, 0 of others */
};

/* A parameter of a rule: all that a command line, a settings file, a page of help or a check needs. */
typedef struct ms_parameter {
    const char *key;     /* lower case, words joined by hyphens */
    const char *option;  /* a long option that sets it, too ("sigma-low"); NULL for none */
    const char *summary; /* one sentence */
    uint32_t type;
    uint32_t above;         /* 1: `least` itself is not allowed */
    double initial;         /* the value when none is given; NaN is `auto` */
    double least, greatest; /* of numbers */
    const char *words;      /* separated by spaces */
} ms_parameter;

enum {
    MS_RULE_RANGE = 0, /* rejects the two ends of the sorted column; its last parameter is min-keep */
    MS_RULE_SAMPLE = 1 /* rejects samples one by one */
};

enum { MS_NEEDS_NOISE = 1 /* what is known of the noise of frames, and of the structure around a pixel */ };

typedef struct ms_rule {
    const char *name, *summary;
    const char *source; /* author and year, or the program that it is known from */
    uint32_t kind;
    uint32_t needs; /* MS_NEEDS_NOISE or 0 */
    uint32_t parameter_count;
    const ms_parameter *parameters;
} ms_rule;

/* The rules, in the order of ms_combine_params.rule; rule 0 is `none`. NULL beyond. */
const ms_rule *ms_rule_at(size_t i);

/* The number of a rule; SIZE_MAX when the name is unknown. */
size_t ms_rule_named(const char *name);

/* Variance of a frame's samples, as they are combined: base + slope x level, level above the sky. */
typedef struct ms_noise {
    double base, slope;
} ms_noise;

/* What is known of frames beyond their samples. */
typedef struct ms_frame_facts {
    const double *weights; /* [frames], above 0; they serve average, sum and uncertainty. NULL: all the same */
    const ms_noise *noise; /* [frames]; NULL where it is not known */
    double sky;            /* the level of the sky in the combined samples */
    double level_floor;    /* levels are taken as not lower than sky - level_floor: no variance is 0 or less there */
    const float *spread;   /* [groups x 16], of `spread`; NULL: 0 */
} ms_frame_facts;

typedef struct ms_combine_params {
    size_t rule;             /* as ms_rule_at counts */
    const double *values;    /* of the rule's parameters, in their order, none of them NaN; NULL where it has none */
    const double *exposures; /* [frames], seconds; NULL where no exposure plane is made */
    uint32_t frames_used;    /* for sum */
    float fill;              /* value of a pixel with no sample kept (NaN as a rule) */
    const ms_frame_facts *facts; /* NULL: nothing is known of frames */
} ms_combine_params;

/* Of `spread`: the variance of a sample of its rows is base + slope x max(sample - sky, -level_floor). */
typedef struct ms_spread_params {
    double base, slope, sky, level_floor;
} ms_spread_params;

/* Every pointer may be NULL. Planes have groups x 16 values and need no alignment. Counters are added to. */
typedef struct ms_combine_out {
    float *average;     /* float64 sum of the kept samples / count, rounded once; with weights sum(w x) / sum(w) */
    float *median;      /* of the kept; float64 mean of the middle two */
    float *sum;         /* float64 average x frames_used: a rejected sample leaves no hole */
    float *minimum;     /* of the kept */
    float *maximum;     /* of the kept */
    float *sum_raw;     /* float64 sum of the kept samples */
    float *uncertainty; /* sqrt(sum of (x - average)^2 / (count - 1)) / sqrt(count); NaN where count is 1. With weights
                           sqrt(sum(w^2 (x - average)^2 / (1 - w / sum(w)))) / sum(w), with noise
                           sqrt(sum(w^2 V)) / sum(w), V = base + slope x max(average - sky, -level_floor) */
    float *exposure;    /* float64 sum of the kept samples' exposures in frame order; 0 where there is none */
    int32_t *count;     /* kept */
    int32_t *rejected_low, *rejected_high; /* valid samples below and above the kept ones; of SAMPLE rules, as marked */
    uint64_t *frame_valid, *frame_rejected_low, *frame_rejected_high; /* [frames] */
} ms_combine_out;

/* ---- The table --------------------------------------------------------------------------------------------------- */

typedef struct ms_kernels {
    const char *name; /* "avx512", "avx2", "baseline" (neon on arm64) */

    /* The rules that `combine` knows; the same in every variant. */
    const ms_rule *(*rule_at)(size_t i);

    ms_decode_fn decode_u8, decode_i16, decode_i32, decode_i64, decode_f32, decode_f64;

    /* Resampling with constant weights, float32. A sample that touches NaN is NaN, whatever its weight: where a weight
     * is 0 use the narrower kernel. Rows and out at any alignment; out must not overlap the rows. */
    void (*bilinear_x)(const float *row, float w0, float w1, float *out, size_t n); /* w0*row[i] + w1*row[i+1] */
    void (*bilinear_y)(const float *row0, const float *row1, float w0, float w1, float *out, size_t n);
    void (*bilinear_xy)(const float *row0, const float *row1, float w00, float w10, float w01, float w11, float *out,
                        size_t n); /* (w00*row0[i] + w10*row0[i+1]) + (w01*row1[i] + w11*row1[i+1]) */

    /* Resampling by any number of taps: sum over k of x[k] * (sum over j of y[j] * rows[j * stride + i + k]) in float64,
     * both sums in the order of the taps, rounded once. A row has n + columns - 1 samples; `room` has n + 32 doubles. */
    void (*convolve)(const float *rows, size_t stride, const ms_taps *taps, double *room, float *out, size_t n);

    /* In place: (double)x*scale + offset in float64, rounded once to float32. */
    void (*normalise)(float *x, size_t n, double scale, double offset);

    /* The same with an offset for each sample. */
    void (*normalise_each)(float *x, size_t n, double scale, const double *offsets);

    /* A row into frame `frame` of its column blocks: columns[(i/16)*frames*16 + frame*16 + i%16]; the lanes of the last
     * block beyond n become NaN. */
    void (*scatter)(const float *row, size_t n, float *columns, size_t frame, size_t frames);

    /* For each lane: the samples that are not NaN, sorted; rejection; combination of what is kept. Each rule is defined
     * in the file of its record, reject_*.h.
     *
     * RANGE rules: where fewer than min-keep samples are kept, the rejected ones nearest to the rule's last centre
     * (|x - centre| in float64) come back until so many are kept; equal distances all return. Of equal samples on both
     * sides of a bound the earlier frames' are the rejected ones, the low ones before the high ones.
     *
     * Sums are float64, ascending by value; without a rule in frame order (average, sum, sum_raw, uncertainty). Where
     * frames have weights, average, sum and uncertainty run in frame order in any case.
     *
     * columns: 64-byte aligned, not changed. scratch: 64-byte aligned, ms_combine_scratch_bytes(frames).
     * frames: 0 to 2^26. */
    void (*combine)(const float *columns, size_t frames, size_t groups, void *scratch, const ms_combine_params *params,
                    const ms_combine_out *out);

    /* What samples of a pixel may differ by where its neighbours differ: a quarter of the largest squared difference
     * to the eight around it, less 6.25 variances of a sample of the rows; 0 up to 36 of them, where it is no such difference, no
     * neighbour or no sample. Rows have n + 2 samples: pixel i's is [i + 1]. float32 differences, float64 from there
     * on, rounded once. */
    void (*spread)(const float *above, const float *row, const float *below, size_t n, const ms_spread_params *p,
                   float *out);

    /* Running accumulators: NaN is skipped; the number of valid samples is returned. `value` starts as NaN; `count` may
     * be NULL. */
    size_t (*accumulate_sum)(const float *row, size_t n, double *sum, int32_t *count);
    size_t (*accumulate_min)(const float *row, size_t n, float *value, int32_t *count);
    size_t (*accumulate_max)(const float *row, size_t n, float *value, int32_t *count);

    /* Fast ways, with the bits of the kernels above one after the other: decode then scatter; bilinear_x, bilinear_y
     * (w00, w01), bilinear_xy or a copy, then normalise, then scatter (row1 may be NULL where it takes no part). */
    ms_decode_columns_fn decode_u8_columns, decode_i16_columns, decode_i32_columns, decode_i64_columns,
        decode_f32_columns, decode_f64_columns;
    void (*resample_columns)(const float *row0, const float *row1, const ms_resample_params *params, size_t n,
                             float *columns, size_t frame, size_t frames);

    /* The same for running sums: decode, or resample and normalise, then accumulate_sum. */
    ms_decode_sum_fn decode_u8_sum, decode_i16_sum, decode_i32_sum, decode_i64_sum, decode_f32_sum, decode_f64_sum;
    size_t (*resample_sum)(const float *row0, const float *row1, const ms_resample_params *params, size_t n,
                           double *sum, int32_t *count);

    /* sum / (count + base) x factor in float64, rounded once; `fill` where no sample was counted. */
    void (*average_of)(const double *sum, const int32_t *count, int32_t base, size_t n, double factor, float fill,
                       float *out);

    /* Values as a FITS file has them, big-endian: 32-bit ones; integers as 16-bit ones, truncated. */
    void (*encode_32)(const void *values, size_t n, uint8_t *out);
    void (*encode_16)(const int32_t *values, size_t n, uint8_t *out);
} ms_kernels;

/* Bytes of scratch that combine needs for so many frames, whatever the variant. 182 x frames + 83 KiB, a multiple of 64. */
size_t ms_combine_scratch_bytes(size_t frames);

const ms_kernels *ms_kernels_best(void);
const ms_kernels *ms_kernels_named(const char *name); /* NULL when unknown or not for this processor */
size_t ms_kernels_count(void);
const ms_kernels *ms_kernels_at(size_t i); /* those that this processor can run, best first; NULL beyond */

/* Variance of the median of n normal samples of variance 1: exact to its digits up to 5, within 1 % beyond. */
double ms_median_variance(int32_t n);

/* Counts big-endian 16-bit raw samples in 65536 bins, in the order of their values: bin 0 is -32768, or 0 of unsigned. */
void ms_count_16(const uint8_t *raw, size_t n, int is_unsigned, uint32_t *bins);

/* k-th smallest (k < n), in place, no NaN. Expected time linear in n. */
float ms_select(float *values, size_t n, size_t k);

/* float64 mean of the middle two, or the middle one; n >= 1, in place, no NaN. */
double ms_median(float *values, size_t n);

/* ---- Maps -------------------------------------------------------------------------------------------------------- */

/* Fractions of a pixel that count as none. */
#define MS_MAP_WHOLE 1e-7

/* One row of a map: Chebyshev coefficients 0 to `degree` of the places in the frame, over u = (column - centre) x inverse. */
typedef struct ms_map_row {
    const double *x, *y;
    uint32_t degree;
    double centre, inverse;
} ms_map_row;

/* Places of the columns first, first + 1, ... of a row. */
void ms_map_positions(const ms_map_row *row, double first, size_t n, double *x, double *y);

/* A kernel: MS_MOST_TAPS weights, those beyond `taps` 0, at each of the fractions 0, 1/steps, ... 1; steps >= 3. */
typedef struct ms_map_kernel {
    const double *table;
    uint32_t steps, taps;
    int32_t first; /* of the taps, counted from the pixel at or before a place */
    int32_t nearest;
} ms_map_kernel;

/* Decoded samples of a part of a frame, NaN where the frame ends; column `left` and row `top` of the frame come first. */
typedef struct ms_map_window {
    const float *samples;
    size_t columns, rows;
    int64_t left, top;
} ms_map_window;

/* Samples at n places, multiplied by factor + step x place in the row. NaN where the kernel touches no data with a weight other than 0, and outside
 * the window. The twin is Tests/TestSupport/TwinsMaps.swift. */
void ms_map_resample(const ms_map_window *window, const ms_map_kernel *kernel, const double *x, const double *y,
                     double factor, double step, float *out, size_t n);

#ifdef __cplusplus
}
#endif
#endif
