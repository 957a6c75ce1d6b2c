/* The body of one variant: included by kernels_*.c with V(name), W and VARIANT_NAME defined. */

#include "simd.h"

#include "decode.h"

#include "rows.h"

#include "convolve.h"

#include "spread.h"

#include "sort.h"

#include "combine.h"

const ms_kernels V(ms_kernels) = {
    .name = VARIANT_NAME,
    .rule_at = V(rule_at),
    .decode_u8 = V(decode_u8),
    .decode_i16 = V(decode_i16),
    .decode_i32 = V(decode_i32),
    .decode_i64 = V(decode_i64),
    .decode_f32 = V(decode_f32),
    .decode_f64 = V(decode_f64),
    .bilinear_x = V(bilinear_x),
    .bilinear_y = V(bilinear_y),
    .bilinear_xy = V(bilinear_xy),
    .convolve = V(convolve),
    .normalise = V(normalise),
    .normalise_each = V(normalise_each),
    .scatter = V(scatter),
    .combine = V(combine),
    .spread = V(spread),
    .accumulate_sum = V(accumulate_sum),
    .accumulate_min = V(accumulate_min),
    .accumulate_max = V(accumulate_max),
    .decode_u8_columns = V(decode_u8_columns),
    .decode_i16_columns = V(decode_i16_columns),
    .decode_i32_columns = V(decode_i32_columns),
    .decode_i64_columns = V(decode_i64_columns),
    .decode_f32_columns = V(decode_f32_columns),
    .decode_f64_columns = V(decode_f64_columns),
    .resample_columns = V(resample_columns),
    .decode_u8_sum = V(decode_u8_sum),
    .decode_i16_sum = V(decode_i16_sum),
    .decode_i32_sum = V(decode_i32_sum),
    .decode_i64_sum = V(decode_i64_sum),
    .decode_f32_sum = V(decode_f32_sum),
    .decode_f64_sum = V(decode_f64_sum),
    .resample_sum = V(resample_sum),
    .average_of = V(average_of),
    .encode_32 = V(encode_32),
    .encode_16 = V(encode_16),
};
