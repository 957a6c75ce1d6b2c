/* Resampling where every output pixel has a place of its own in the frame: maps that turn, mirror, scale or bend.
 *
 * A pixel's weights come from a table of the kernel, by cubic interpolation in float64 (exact to 1e-12), and its samples are summed in float64 and
 * rounded once. Lanes are pixels of a row of the kernel; the order of every sum is fixed. */
#include "CKernels.h"

#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

typedef float f8 __attribute__((vector_size(32)));
typedef double d8 __attribute__((vector_size(64)));
typedef long long l8 __attribute__((vector_size(64)));

_Static_assert(MS_MOST_TAPS == 8, "a row of the kernel is a vector");

void ms_map_positions(const ms_map_row *p, double first, size_t n, double *x, double *y) {
    for (size_t i = 0; i < n; i++) {
        const double u = (first + (double)i - p->centre) * p->inverse;
        double bx = 0, by = 0, ax = 0, ay = 0;
        for (uint32_t k = p->degree; k > 0; k--) {
            const double tx = 2 * u * bx - ax + p->x[k];
            const double ty = 2 * u * by - ay + p->y[k];
            ax = bx;
            ay = by;
            bx = tx;
            by = ty;
        }
        x[i] = u * bx - ax + p->x[0];
        y[i] = u * by - ay + p->y[0];
    }
}

/* The pixel at or before a place and the fraction beyond it. Places as near to a pixel as two plate solutions can tell are on it. */
static long split(double place, int nearest, double *fraction) {
    double whole = floor(place);
    double f = place - whole;
    if (f < MS_MAP_WHOLE) {
        f = 0;
    } else if (f > 1 - MS_MAP_WHOLE) {
        f = 0;
        whole += 1;
    }
    if (nearest) {
        if (f >= 0.5) whole += 1;
        f = 0;
    }
    *fraction = f;
    return (long)whole;
}

static void weights(const ms_map_kernel *kernel, double fraction, d8 *out) {
    const double place = fraction * (double)kernel->steps;
    long base = (long)place - 1;
    const long last = (long)kernel->steps - 3;
    base = base < 0 ? 0 : base > last ? last : base;
    const double t = place - (double)base;
    const double l[4] = {
        -(t - 1) * (t - 2) * (t - 3) / 6, t * (t - 2) * (t - 3) / 2, -t * (t - 1) * (t - 3) / 2,
        t * (t - 1) * (t - 2) / 6,
    };
    d8 sum = {0};
    for (int k = 0; k < 4; k++) {
        d8 node;
        memcpy(&node, kernel->table + (base + k) * MS_MOST_TAPS, sizeof node);
        sum += node * l[k];
    }
    *out = sum;
}

void ms_map_resample(const ms_map_window *window, const ms_map_kernel *kernel, const double *x, const double *y,
                     double factor, double step, float *out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = NAN;
        /* NaN, and what no window holds. */
        if (!(x[i] >= -1e9 && x[i] <= 1e9 && y[i] >= -1e9 && y[i] <= 1e9)) continue;
        double fx, fy;
        const long column = split(x[i], kernel->nearest, &fx) + kernel->first - window->left;
        const long row = split(y[i], kernel->nearest, &fy) + kernel->first - window->top;
        if (column < 0 || row < 0 || column + MS_MOST_TAPS > (long)window->columns ||
            row + (long)kernel->taps > (long)window->rows)
            continue;
        d8 across, down;
        weights(kernel, fx, &across);
        weights(kernel, fy, &down);
        /* A pixel of weight 0 is not looked at. */
        const l8 counts = (l8)(across != (d8){0});
        d8 sum = {0};
        const float *samples = window->samples + (size_t)row * window->columns + (size_t)column;
        for (uint32_t j = 0; j < kernel->taps; j++, samples += window->columns) {
            if (down[j] == 0) continue;
            f8 line;
            memcpy(&line, samples, sizeof line);
            const d8 wide = __builtin_convertvector(line, d8);
            sum += (d8)((l8)wide & counts) * down[j];
        }
        sum *= across;
        const double total = ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
        const float value = (float)(total * (factor + step * (double)i));
        if (isfinite(value)) out[i] = value + 0.0f;
    }
}
