"""The stack that knows the truth: true factors, skies and shifts, best weights, nothing rejected. In float64."""
import numpy as np
from scenes import EXPOSURE, READ_NOISE, profile


def taps(kernel, frac):
    """Offsets and weights of the pixels around a place at frac (0 to 1) beyond a pixel's centre."""
    if kernel == 'nearest': return [int(frac >= 0.5)], [1.0]
    if frac < 1e-7: return [0], [1.0]
    if frac > 1 - 1e-7: return [1], [1.0]
    if kernel == 'bilinear': return [0, 1], [1 - frac, frac]
    if kernel == 'bicubic':
        at = np.arange(-1, 3)
        d = np.abs(at - frac)
        w = np.where(d <= 1, 1.5 * d ** 3 - 2.5 * d ** 2 + 1, -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2)
        return list(at), list(w)
    n = int(kernel.removeprefix('lanczos'))
    at = np.arange(1 - n, n + 1)
    w = np.sinc(at - frac) * np.sinc((at - frac) / n)
    return list(at), list(w / w.sum())


def moved(image, shift, kernel):
    """output(x, y) = image(x - dx, y - dy), by one kernel along both axes; NaN where it reaches beyond the frame."""
    out = np.asarray(image, float)
    for axis, d in ((1, shift[0]), (0, shift[1])):
        first = np.floor(-d)
        at, weights = taps(kernel, -d - first)
        size = out.shape[axis]
        result = np.zeros_like(out)
        for offset, weight in zip(at, weights):
            source = np.arange(size) + int(first) + offset
            part = np.take(out, np.clip(source, 0, size - 1), axis)
            outside = (source < 0) | (source >= size)
            part[(slice(None), outside) if axis == 1 else (outside, slice(None))] = np.nan
            result += weight * part
        out = result
    return out


def noise_gain(shift, kernel):
    """sqrt of the sum of squared weights."""
    return np.prod([np.sqrt(np.square(taps(kernel, -d - np.floor(-d))[1]).sum()) for d in shift])


def variance(sequence):
    """Of the sky in each frame, adu^2 (one number a frame), with rounding to whole adu."""
    s = sequence.scene
    return s.sky * s.exposure / EXPOSURE / s.gain ** 2 + READ_NOISE ** 2 / s.gain ** 2 + 1 / 12


def area(fwhm):
    """1 / sum p^2 of a profile, over sub-pixel places."""
    grid = np.arange(-40, 41)
    fine = 1 if fwhm >= 2.5 else 5
    inner = (np.arange(fine) - (fine - 1) / 2) / fine
    sums = []
    for phase_x in (0, 0.25, 0.5):
        for phase_y in (0, 0.25, 0.5):
            p = sum(profile((grid - phase_x + i)[None, :], (grid - phase_y + j)[:, None], fwhm) for i in inner for j in inner) / fine ** 2
            sums.append(np.square(p).sum())
    return 1 / np.mean(sums)


def weights(sequence):
    """Best for photometry by profile of faint sources, of frames brought to a = 1."""
    areas = np.array([area(f) for f in sequence.scene.fwhm])
    return sequence.factor ** 2 / (variance(sequence) * areas)


def optimum(sequence):
    """Noise of the flux of a faint source, adu, where every frame is measured by its own profile and no sample is moved."""
    return 1 / np.sqrt(weights(sequence).sum())


def stack(sequence, kernel, reference, seconds=None):
    """Flux in adu of 30 s at transparency 1. seconds: movers are held where they are then, and the stars' light is left out."""
    total = np.zeros(sequence.clean.shape[1:])
    weight = np.zeros_like(total)
    shape = sequence.shape() if sequence.scene.vignetting else 1.0
    for i, w in enumerate(weights(sequence)):
        shift = sequence.offsets[reference] - sequence.offsets[i]
        frame = sequence.clean[i] - sequence.background[i] * shape
        if seconds is not None:
            shift = shift + np.array([sequence.place(seconds) - sequence.place(sequence.middle[i]), 0.0])
            frame = frame - sequence.light[i]
        frame = moved(frame / sequence.factor[i], shift, kernel)
        valid = np.isfinite(frame)
        total += np.where(valid, frame, 0) * w
        weight += valid * w
    with np.errstate(invalid='ignore'): return total / np.where(weight > 0, weight, np.nan)
