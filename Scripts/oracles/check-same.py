#!/usr/bin/env python3
"""check-same.py PRODUCT FRAME... [options]: recomputes a stack in float64 by astropy and numpy and compares.

Frames used, shifts, factors and offsets are taken from the product's FRAMES table (by file name), so that this checks
the arithmetic of a run; check the shifts themselves with --truth. Rows are worked on in blocks: memory stays small.

  --method average|median|sum|min|max    (average)
  --reject sigma|none --sigma-low 4 --sigma-high 3 --sigma-center median|mean --sigma-deviation mad|std
  --max-iterations 5 --sigma-floor X     (auto: step of integer frames, 0 for floating point)
  --definition last-bounds|what-is-left  (last-bounds: astropy's C code; see Golden/README.md)
  --rows 32                              rows a block
  --section y1:y2                        rows (0-based) to look at, for a quick look
  --truth truth.csv                      also compares dx, dy of FRAMES with the truth's x, y (make-sequence)

Prints the largest difference in float32 units, the share of pixels that differ, and the share of pixels with a sample
within max(1e-6 deviation, 4 units in its last place) of a bound, which are not held against the product. Ends with 1
when another pixel is off by more than 1 unit (4 where resampled), or its COUNT is another.
"""
import argparse, csv, os, sys, warnings
import numpy as np
from astropy.io import fits
from astropy.stats import sigma_clip

MAD = 1.482602218505602


class Frame:
    """One frame as rows of float64; NaN where no data."""
    def __init__(self, path, scratch):
        if path.endswith('.gz'):
            import gzip, shutil
            plain = os.path.join(scratch, os.path.basename(path)[:-3])
            with gzip.open(path) as source, open(plain, 'wb') as target: shutil.copyfileobj(source, target)
            path = plain
        with fits.open(path, memmap=False, lazy_load_hdus=True, do_not_scale_image_data=True) as hdus:
            hdu = next(h for h in hdus if h.header.get('NAXIS', 0) >= 2 and h.header['NAXIS1'] > 1)
            head = hdu.header
            kind = {8: 'u1', 16: '>i2', 32: '>i4', 64: '>i8', -32: '>f4', -64: '>f8'}[head['BITPIX']]
            self.shape = head['NAXIS2'], head['NAXIS1']
            self.scale, self.zero = head.get('BSCALE', 1.0), head.get('BZERO', 0.0)
            self.blank = head.get('BLANK') if head['BITPIX'] > 0 else None
            self.integer = head['BITPIX'] > 0
            offset = hdu._data_offset if hasattr(hdu, '_data_offset') else hdu.fileinfo()['datLoc']
        self.raw = np.memmap(path, kind, 'r', offset, self.shape)

    def rows(self, first, last):
        """Samples (float32 values in float64) of rows first ... last-1; NaN outside the frame."""
        out = np.full((last - first, self.shape[1]), np.nan)
        a, b = max(0, first), min(self.shape[0], last)
        if a < b:
            raw = np.array(self.raw[a:b])
            value = (raw * float(self.scale) + float(self.zero)).astype(np.float32).astype(np.float64)
            if self.blank is not None: value[raw == self.blank] = np.nan
            value[~np.isfinite(value)] = np.nan
            out[a - first:b - first] = value
        return out

    def step(self):
        if not self.integer: return 0.0
        raw = np.unique(np.array(self.raw[:: max(1, self.shape[0] // 50)]))
        if self.blank is not None: raw = raw[raw != self.blank]
        return float(np.gcd.reduce(np.diff(raw.astype(np.int64)))) * abs(self.scale) if len(raw) > 1 else abs(self.scale)


def shifted(frame, dx, dy, first, last):
    """Rows first ... last-1 of output(x, y) = frame(x - dx, y - dy), bilinear in float64."""
    # A shift within 1e-6 pixel of a whole one is whole.
    if abs(dx - round(dx)) < 1e-6: dx = round(dx)
    if abs(dy - round(dy)) < 1e-6: dy = round(dy)
    down, left = int(np.floor(-dy)), int(np.floor(-dx))
    fy, fx = -dy - down, -dx - left
    rows = frame.rows(first + down, last + down + (fy > 0))
    value = rows if fy == 0 else (1 - fy) * rows[:-1] + fy * rows[1:]
    width = value.shape[1]
    wide = np.full((value.shape[0], width + 1), np.nan)
    a, b = max(0, -left), min(width + 1, width - left)
    if a < b: wide[:, a:b] = value[:, a + left:b + left]
    return wide[:, :-1] if fx == 0 else (1 - fx) * wide[:, :-1] + fx * wide[:, 1:]


def middle(ordered, count):
    """Median of columns sorted with NaN last: mean of the middle two."""
    at = np.maximum(count - 1, 0)
    return 0.5 * (np.take_along_axis(ordered, (at // 2)[None], 0)[0]
                  + np.take_along_axis(ordered, ((at + 1) // 2)[None], 0)[0])


def clip(cube, o, floor):
    """Mask of what is out, and of pixels with a sample near a bound."""
    shape = cube.shape
    flat = cube.reshape(shape[0], -1)
    none = np.isnan(flat)
    bad = none.copy()
    close = np.zeros(flat.shape[1], bool)
    final = none.copy()
    active = np.arange(flat.shape[1])  # pixels that the last pass changed
    for _ in range(o.max_iterations if o.max_iterations > 0 else 10000):
        value, out = flat[:, active], bad[:, active]
        unit = 4 * np.spacing(np.abs(np.nan_to_num(value)).astype(np.float32)).astype(np.float64)
        held = np.where(out, np.nan, value)
        count = (~out).sum(0)
        centre = middle(np.sort(held, 0), count)
        c = centre if o.sigma_center == 'median' else np.nanmean(held, 0)
        if o.sigma_deviation == 'mad': d = MAD * middle(np.sort(np.abs(held - centre), 0), count)
        else: d = np.nanstd(held, 0)
        d = np.maximum(d, floor)
        low, high = c - o.sigma_low * d, c + o.sigma_high * d
        slack = np.maximum(1e-6 * d, unit)
        tested = ~(none[:, active] if o.definition == 'last-bounds' else out)
        near = tested & ((np.abs(value - low) <= slack) | (np.abs(value - high) <= slack)) & (d > 0)
        close[active] |= near.any(0)
        outside = (value < low) | (value > high)
        fresh = outside & ~out
        bad[:, active] = out | fresh
        final[:, active] = none[:, active] | outside
        active = active[fresh.any(0)]
        if active.size == 0: break
    return (final if o.definition == 'last-bounds' else bad).reshape(shape), close.reshape(shape[1:])


def main():
    words = argparse.ArgumentParser(usage=__doc__)
    words.add_argument('product'); words.add_argument('frames', nargs='+')
    for name, kind, default in [('method', str, 'average'), ('reject', str, 'sigma'), ('sigma-low', float, 4),
                                ('sigma-high', float, 3), ('sigma-center', str, 'median'),
                                ('sigma-deviation', str, 'mad'), ('max-iterations', int, 5),
                                ('sigma-floor', str, 'auto'), ('definition', str, 'last-bounds'), ('rows', int, 32),
                                ('section', str, None), ('truth', str, None)]:
        words.add_argument('--' + name, type=kind, default=default)
    o = words.parse_intermixed_args()
    warnings.simplefilter('ignore')
    import tempfile
    product = fits.open(o.product, memmap=False)
    image = product[0].data
    count = product['COUNT'].data if 'COUNT' in product else None
    table = product['FRAMES'].data if 'FRAMES' in product else None
    given = {os.path.basename(path): path for path in o.frames}
    used = []
    if table is None:
        used = [(path, 0.0, 0.0, 1.0, 0.0) for path in o.frames]
        print('no FRAMES table: all frames, no shifts')
    else:
        names = {n.lower(): n for n in table.names}
        def cell(row, name, default):
            if name not in names: return default
            value = float(row[names[name]])
            return value if np.isfinite(value) else default
        for row in table:
            if not bool(row[names['used']]): continue
            path = given.get(os.path.basename(str(row[names['path']]).strip()))
            if path is None: sys.exit(f"frame {row[names['path']]} of the product is not among the files given")
            used.append((path, cell(row, 'dx', 0.0), cell(row, 'dy', 0.0), cell(row, 'scale', 1.0),
                         cell(row, 'zero', 0.0)))
    if o.truth: compare_truth(o.truth, used, product[0].header)
    with tempfile.TemporaryDirectory() as scratch: return compare(used, image, count, o, scratch)


def compare(used, image, count, o, scratch):
    frames = [Frame(path, scratch) for path, *_ in used]
    resampled = any(max(abs(dx - round(dx)), abs(dy - round(dy))) >= 1e-6 for _, dx, dy, _, _ in used)
    allowed = 4 if resampled else 1
    floor = max(f.step() for f in frames) if o.sigma_floor == 'auto' else float(o.sigma_floor)
    first, last = [int(v) for v in o.section.split(':')] if o.section else (0, image.shape[0])
    worst = worst_near = 0.0
    differ = near_pixels = wrong = counts_off = holes_off = total = 0
    example = None
    for row in range(first, last, o.rows):
        end = min(last, row + o.rows)
        cube = np.empty((len(used), end - row, image.shape[1]))
        for i, (frame, (_, dx, dy, scale, zero)) in enumerate(zip(frames, used)):
            part = shifted(frame, dx, dy, row, end)
            if scale != 1 or zero != 0:
                part = (part.astype(np.float32).astype(np.float64) * scale + zero).astype(np.float32).astype(np.float64)
            cube[i] = part[:, :image.shape[1]]
        if o.reject == 'sigma':
            bad, close = clip(cube, o, floor)
            if floor == 0 and o.definition == 'last-bounds':
                theirs = sigma_clip(cube, sigma_lower=o.sigma_low, sigma_upper=o.sigma_high,
                                    maxiters=o.max_iterations if o.max_iterations > 0 else None,
                                    cenfunc=o.sigma_center, stdfunc='mad_std' if o.sigma_deviation == 'mad' else 'std',
                                    axis=0)
                odd = (np.ma.getmaskarray(theirs) != bad).any(0) & ~close
                if odd.any(): print(f'note: astropy and this script differ in {odd.sum()} pixels of rows {row}-{end}')
        else:
            bad, close = np.isnan(cube), np.zeros(cube.shape[1:], bool)
        kept = np.where(bad, np.nan, cube)
        number = (~bad).sum(0)
        if o.method == 'median': result = np.nanmedian(kept, 0)
        elif o.method == 'min': result = np.nanmin(kept, 0)
        elif o.method == 'max': result = np.nanmax(kept, 0)
        else: result = np.nansum(kept, 0) / number * (len(used) if o.method == 'sum' else 1)
        result = np.where(number == 0, np.nan, result)
        ours = image[row:end].astype(np.float64)
        hole = np.isnan(result) != np.isnan(ours)
        rounded = result.astype(np.float32)
        unit = np.spacing(np.abs(np.nan_to_num(rounded))).astype(np.float64)
        off = np.nan_to_num(np.abs(ours - rounded.astype(np.float64)) / unit)
        off[hole] = np.inf
        fails = (off > allowed) & ~close
        if count is not None:
            other = (count[row:end] != number) & ~close
            counts_off += other.sum()
            fails |= other
        if fails.any() and example is None:
            y, x = np.argwhere(fails)[0]
            example = (x, row + y, ours[y, x], result[y, x], number[y, x], None if count is None else count[row + y, x])
        worst = max(worst, off[~close].max(initial=0))
        worst_near = max(worst_near, off[close].max(initial=0))
        differ += (off > 0).sum(); near_pixels += close.sum(); wrong += fails.sum(); holes_off += hole.sum()
        total += off.size
    print(f'{len(used)} frames, {total} pixels, {"resampled" if resampled else "as they are"}, floor {floor}')
    print(f'largest difference {worst:g} float32 units (allowed {allowed}); near a bound {worst_near:g}')
    print(f'pixels that differ at all {100 * differ / total:.5f} %, near a bound {100 * near_pixels / total:.5f} %, '
          f'wrong {wrong} ({counts_off} by COUNT, {holes_off} by NaN)')
    if example: print('first wrong: x %d y %d (0-based) product %r expected %r kept %d COUNT %s' % example)
    return 1 if wrong else 0


def compare_truth(path, used, header):
    truth = {row['file']: row for row in csv.DictReader(open(path))}
    if 'MTREFX' not in header: return print('no MTREFX in the product: shifts not compared with the truth')
    errors = [np.hypot(header['MTREFX'] - dx - float(truth[os.path.basename(p)]['x']),
                       header['MTREFY'] - dy - float(truth[os.path.basename(p)]['y'])) for p, dx, dy, _, _ in used]
    print(f'shifts against the truth: largest error {max(errors):.2e} pixels')


if __name__ == '__main__': sys.exit(main())
