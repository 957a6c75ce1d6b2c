#!/usr/bin/env python3
"""measure-mover.py --positions CSV [--mover A] [--stack STACK.fits] FRAME...: a moving object in frames and stack.

For each frame: centroid, FWHM, flux and signal to noise of the mover (photutils) near the place that the CSV gives it,
and the FWHM of stars. For the stack: the same at the held place (cards MTREFX, MTREFY), its distance from it, its FWHM
against the stars' in one frame, its RA and Dec by the stack's own WCS at DATE-AVG against the CSV's, and the length of
the star trails against what the motion asks for.

The CSV is a sequence's movers.csv (mover, file, x0, y0: 0-based; ra_deg, dec_deg, utc_mid) or make-sequence's truth.csv
(file, x, y: 1-based; ra_deg, dec_deg, mid_utc).
  --stack may be repeated; --aperture PIXELS (radius, default 1.5 x FWHM of stars); --json prints one object
Star trails are measured in a stack without rejection: clipping removes them.
"""
import argparse, csv, json, os, sys, warnings
import numpy as np
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.stats import sigma_clipped_stats
from astropy.time import Time
from astropy.wcs import WCS
from photutils.aperture import ApertureStats, CircularAnnulus, CircularAperture, aperture_photometry
from photutils.detection import DAOStarFinder

GAUSS = 2.354820045


def read(path):
    """Pixels in float64 (NaN where no data), header (primary joined), WCS or None. Numbers in quotes are numbers."""
    with fits.open(path) as hdus:
        hdu = next(h for h in hdus if h.header.get('NAXIS', 0) >= 2 and h.header.get('XTENSION') != 'BINTABLE')
        data, header = np.array(hdu.data, float), hdu.header.copy()
        for card in hdus[0].header.cards:
            if card.keyword not in header: header.append(card)
    if header.get('WCSAXES') is None and 'CTYPE1' not in header: return data, header, None
    for key in list(header):
        if isinstance(header[key], str) and (key[:2] in ('CD', 'PV', 'PC') or key[:5] in ('CRVAL', 'CRPIX', 'CDELT', 'EQUIN')):
            try: header[key] = float(header[key])
            except ValueError: pass
    # wcslib applies TPV terms before CDELT: with PC or CROTA2 they need a CD matrix.
    if any(k.startswith('PV1_') for k in header) and 'CDELT1' in header and 'CD1_1' not in header:
        flat = WCS(header).pixel_scale_matrix
        for key in [k for k in header if k[:2] == 'PC' or k[:5] in ('CDELT', 'CROTA')]: del header[key]
        for i in (0, 1):
            for j in (0, 1): header[f'CD{i + 1}_{j + 1}'] = flat[i, j]
    return data, header, WCS(header)


def source(data, x, y, radius=None, fwhm=3.0, search=4):
    """Centroid, FWHM, flux and S/N of a source near x, y (0-based); None where there is none."""
    if not (6 < x < data.shape[1] - 7 and 6 < y < data.shape[0] - 7): return None
    half = int(max(7, np.ceil(3 * fwhm)))
    x0, y0 = max(0, int(round(x)) - half), max(0, int(round(y)) - half)
    part = data[y0:int(round(y)) + half + 1, x0:int(round(x)) + half + 1]
    sky = sigma_clipped_stats(part[np.isfinite(part)], sigma=2.5)[1]
    try: fit = fit2d(part - sky, x - x0, y - y0, fwhm)
    except (ValueError, RuntimeError): return None
    cx, cy, wide, narrow, residual_sky = fit
    if np.hypot(cx + x0 - x, cy + y0 - y) > search: return None
    place = cx + x0, cy + y0
    r = radius or 1.5 * fwhm
    ring = CircularAnnulus(place, r + 2 * fwhm, r + 4 * fwhm)
    values = ring.to_mask('center').get_values(np.nan_to_num(data, nan=np.nan))
    _, level, noise = sigma_clipped_stats(values[np.isfinite(values)], sigma=2.5)
    aperture = CircularAperture(place, r)
    total = float(aperture_photometry(data, aperture)['aperture_sum'][0])
    flux = total - level * aperture.area
    error = noise * np.sqrt(aperture.area * (1 + aperture.area / max(1, len(values))))
    return dict(x=place[0] + 1, y=place[1] + 1, fwhm_major=wide, fwhm_minor=narrow, fwhm=float(np.sqrt(wide * narrow)),
                flux=flux, background=level, noise=noise, snr=flux / error)


def fit2d(part, x, y, fwhm):
    """Least-squares elliptical Gaussian, integrated over pixels by three points an axis."""
    from scipy.optimize import least_squares
    rows, columns = np.mgrid[0:part.shape[0], 0:part.shape[1]]
    good = np.isfinite(part) & (np.hypot(columns - x, rows - y) < 3 * fwhm + 2)
    if good.sum() < 15: raise ValueError('too few pixels')
    u, v, value = columns[good], rows[good], part[good]
    nodes, weights = np.array([-0.3872983346, 0, 0.3872983346]), np.array([5, 8, 5]) / 18

    def model(p):
        sky, peak, cx, cy, a, b, angle = p
        c, s = np.cos(angle), np.sin(angle)
        out = 0
        for nx, wx in zip(nodes, weights):
            for ny, wy in zip(nodes, weights):
                dx, dy = u + nx - cx, v + ny - cy
                out = out + wx * wy * np.exp(-0.5 * (((c * dx + s * dy) / a) ** 2 + ((c * dy - s * dx) / b) ** 2))
        return sky + peak * out

    sigma = fwhm / GAUSS
    near = np.hypot(u - x, v - y) < max(2, fwhm)
    top = np.nanmax(value[near])
    fit = least_squares(lambda p: model(p) - value, [0, top, x, y, sigma * 1.1, sigma * 0.9, 0.1])
    sky, peak, cx, cy, a, b, _ = fit.x
    if peak <= 0: raise ValueError('no source')
    a, b = sorted((abs(a), abs(b)), reverse=True)
    return cx, cy, GAUSS * a, GAUSS * b, sky


def stars(data, number=40, fwhm=3.0, avoid=None):
    """Measured bright stars that are alone and not saturated, brightest first."""
    _, sky, noise = sigma_clipped_stats(data[np.isfinite(data)], sigma=3)
    finder = DAOStarFinder(threshold=15 * noise, fwhm=fwhm)
    table = finder(np.nan_to_num(data - sky, nan=0.0))
    if table is None: return []
    names = table.colnames
    xs = np.array(table['x_centroid' if 'x_centroid' in names else 'xcentroid'])
    ys = np.array(table['y_centroid' if 'y_centroid' in names else 'ycentroid'])
    peaks = np.array(table['peak'])
    limit = 0.6 * np.nanmax(data) if np.nanmax(data) > 60000 else np.inf
    found = []
    for i in np.argsort(-np.array(table['flux'])):
        if peaks[i] + sky > limit: continue
        away = np.hypot(xs - xs[i], ys - ys[i])
        away[i] = 99
        if away.min() < 6 * fwhm: continue
        if avoid is not None and np.hypot(avoid[0] - xs[i], avoid[1] - ys[i]) < 30: continue
        star = source(data, xs[i], ys[i], fwhm=fwhm)
        if star and star['snr'] > 20 and star['fwhm_major'] < 2 * fwhm + 2: found.append(star)
        if len(found) == number: break
    return found


def trail(stack, x, y, along, length, fwhm, spacing, noise):
    """Length of a trail through x, y (0-based) in the direction `along`; None where there is none over the noise.

    A line has its half maxima at its very ends, one of dots that stand apart half a FWHM beyond them.
    """
    from scipy.ndimage import map_coordinates
    reach = 0.75 * length + 6 * fwhm
    steps = np.arange(-reach, reach, 0.25)
    across = np.arange(-fwhm, fwhm + 0.1, 0.5)
    px = x + steps[:, None] * along[0] - across[None] * along[1]
    py = y + steps[:, None] * along[1] + across[None] * along[0]
    profile = map_coordinates(np.nan_to_num(stack, nan=np.nanmedian(stack)), [py, px], order=1, cval=np.nan).sum(1)
    if not np.isfinite(profile).all(): return None
    profile -= np.percentile(profile, 10)
    inside = np.abs(steps) < length / 2 + fwhm
    level = np.percentile(profile[inside], 75)
    above = np.flatnonzero(profile > 0.5 * level)
    if above.size < 4 or level < 8 * noise * np.sqrt(len(across)): return None
    return float(steps[above[-1]] - steps[above[0]] - min(fwhm, spacing))


def positions(path, mover):
    rows = {}
    for row in csv.DictReader(open(path)):
        if 'mover' in row and row['mover'] != mover: continue
        if 'x0' in row: x, y, when = float(row['x0']) + 1, float(row['y0']) + 1, row.get('utc_mid')
        elif row['x']: x, y, when = float(row['x']), float(row['y']), row['mid_utc']
        else: continue
        sky = (float(row['ra_deg']), float(row['dec_deg'])) if row.get('ra_deg') else None
        rows[row['file']] = dict(x=x, y=y, time=Time(when) if when else None, sky=sky, flux=row.get('flux_adu'))
    return rows


def place_at(rows, when):
    """RA, Dec at a time by a parabola through the CSV's rows (tangent plane)."""
    rows = [r for r in rows if r['sky'] and r['time']]
    if len(rows) < 2: return None
    centre = SkyCoord(*rows[len(rows) // 2]['sky'], unit='deg')
    t = np.array([(r['time'] - when).sec / 3600 for r in rows])
    offsets = [centre.spherical_offsets_to(SkyCoord(*r['sky'], unit='deg')) for r in rows]
    degree = min(2, len(rows) - 1)
    lon, lat = (np.polyval(np.polyfit(t, [getattr(o[i], 'arcsec') for o in offsets], degree), 0.0) for i in (0, 1))
    return centre.spherical_offsets_by(lon / 3600 * centre.ra.unit, lat / 3600 * centre.ra.unit)


def main():
    words = argparse.ArgumentParser(usage=__doc__)
    words.add_argument('frames', nargs='*'); words.add_argument('--positions', required=True)
    words.add_argument('--mover', default='A'); words.add_argument('--stack', action='append', default=[])
    words.add_argument('--aperture', type=float); words.add_argument('--json', action='store_true')
    o = words.parse_intermixed_args()
    warnings.simplefilter('ignore')
    rows = positions(o.positions, o.mover)
    frames, widths = [], []
    say = (lambda *a: None) if o.json else print
    say('frame                           x        y   off px   FWHM major minor  star FWHM      flux     S/N')
    for path in o.frames:
        row = rows.get(os.path.basename(path))
        if row is None: continue
        data, header, _ = read(path)
        near = stars(data, avoid=(row['x'] - 1, row['y'] - 1))
        width = float(np.median([s['fwhm'] for s in near])) if near else float('nan')
        seen = source(data, row['x'] - 1, row['y'] - 1, o.aperture, width if near else 3.0)
        item = dict(file=os.path.basename(path), star_fwhm=width, stars=len(near), mover=seen)
        if seen: item['off_px'] = float(np.hypot(seen['x'] - row['x'], seen['y'] - row['y']))
        frames.append(item); widths.append(width)
        if seen: say(f"{item['file']:26} {seen['x']:9.3f} {seen['y']:8.3f} {item['off_px']:7.3f} {seen['fwhm']:6.2f} "
                     f"{seen['fwhm_major']:5.2f} {seen['fwhm_minor']:5.2f} {width:9.2f} {seen['flux']:10.1f} {seen['snr']:7.1f}")
        else: say(f"{item['file']:26} not found; stars {width:.2f}")
    width = float(np.nanmedian(widths)) if widths else 3.0
    result = dict(frames=frames, star_fwhm=width, stacks=[stack(path, rows, frames, width, o, say) for path in o.stack])
    if o.json: print(json.dumps(result, indent=1))


def stack(path, rows, frames, width, o, say):
    data, header, wcs = read(path)
    item = dict(file=path, frames=header.get('NCOMBINE'))
    if 'MTREFX' not in header:
        say(f'{path}: no MTREFX, no held place'); return item
    held = header['MTREFX'], header['MTREFY']
    seen = source(data, held[0] - 1, held[1] - 1, o.aperture, width)
    item.update(held=held, mover=seen)
    say(f'{path}: {item["frames"]} frames, held at x {held[0]:.3f} y {held[1]:.3f}')
    if seen is None: say('  no source at the held place'); return item
    item['off_px'] = float(np.hypot(seen['x'] - held[0], seen['y'] - held[1]))
    item['fwhm_ratio'] = seen['fwhm'] / width
    say(f"  mover x {seen['x']:.3f} y {seen['y']:.3f}: {item['off_px']:.3f} pixel from it; FWHM {seen['fwhm']:.2f} "
        f"({seen['fwhm_major']:.2f} x {seen['fwhm_minor']:.2f}), {item['fwhm_ratio']:.3f} of a star's in one frame; "
        f"flux {seen['flux']:.1f}, S/N {seen['snr']:.1f}")
    fluxes = [f['mover']['flux'] for f in frames if f['mover']]
    single = [f['mover']['snr'] for f in frames if f['mover']]
    if fluxes:
        item.update(flux_ratio=seen['flux'] / float(np.mean(fluxes)), snr_single=float(np.median(single)))
        say(f"  flux / mean of frames {item['flux_ratio']:.4f}; S/N one frame {item['snr_single']:.1f} (median), "
            f"stack {seen['snr']:.1f}, gain {seen['snr'] / item['snr_single']:.2f}")
    scale = float(np.sqrt(abs(np.linalg.det(wcs.pixel_scale_matrix)))) * 3600
    when = Time(header['DATE-AVG'])
    truth = place_at(list(rows.values()), when)
    if truth is not None:
        sky = SkyCoord(*wcs.all_pix2world(seen['x'], seen['y'], 1), unit='deg')
        item['sky_off_arcsec'] = float(sky.separation(truth).arcsec)
        item['sky_off_px'] = item['sky_off_arcsec'] / scale
        say(f"  RA {sky.ra.deg:.7f} Dec {sky.dec.deg:.7f} at {when.isot}: {item['sky_off_arcsec']:.3f}\" = "
            f"{item['sky_off_px']:.3f} pixel from the table's place")
    known = [r for n, r in rows.items() if any(f['file'] == n for f in frames) and r['time']] or \
            [r for r in rows.values() if r['time']]
    known.sort(key=lambda r: r['time'].mjd)
    if len(known) > 1 and wcs is not None and known[0]['sky']:
        # Stars trail by the mover's motion the other way, from first to last mid-exposure.
        a, b = (np.array(wcs.all_world2pix(*r['sky'], 1)) for r in (known[0], known[-1]))
        step = a - b
        length = float(np.hypot(*step))
        item['trail_expected_px'] = length
        if length > 3 * width: measure_trails(data, item, rows, known, o, step / length, length, width, say)
    return item


def measure_trails(data, item, rows, known, o, along, length, width, say):
    """Stars of the first frame given, carried to the middle of their trails."""
    middle = known[len(known) // 2]
    name = next(n for n, r in rows.items() if r is middle)
    path = next((p for p in o.frames if os.path.basename(p) == name), None)
    if path is None: return
    single, _, _ = read(path)
    ends = np.array([[r['x'], r['y']] for r in (known[0], known[-1])])
    held = np.array(item['held'])
    # Trail's middle: star's place in that frame + held place - mover's place there, then half way between both ends.
    shift = held - np.array([middle['x'], middle['y']])
    centre = held - ends.mean(0) - shift
    lengths = []
    noise = sigma_clipped_stats(data[np.isfinite(data)], sigma=3)[2]
    for star in stars(single, 12, width, avoid=(middle['x'] - 1, middle['y'] - 1)):
        value = trail(data, star['x'] - 1 + shift[0] + centre[0], star['y'] - 1 + shift[1] + centre[1], along, length,
                      width, length / (len(known) - 1), noise)
        if value is not None: lengths.append(value)
    if lengths:
        item['trail_px'] = float(np.median(lengths))
        say(f"  star trails {item['trail_px']:.1f} pixels (median of {len(lengths)}), expected {length:.1f}")
    else: say(f'  star trails not measured, expected {length:.1f} pixels (rejection removes trails)')


if __name__ == '__main__': main()
