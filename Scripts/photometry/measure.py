"""Light and noise in stacks, at known places."""
import numpy as np
import oracle
from scipy.optimize import minimize
from scenes import BETA, CELL, profile, stamps


def cut(image, x, y, half):
    """Stamps around places, and the distances of their pixels; NaN outside the image."""
    rows, columns, dx, dy = stamps(np.asarray(x, float), np.asarray(y, float), half)
    rows, columns = np.broadcast_arrays(rows, columns)
    inside = (rows >= 0) & (rows < image.shape[0]) & (columns >= 0) & (columns < image.shape[1])
    values = image[np.clip(rows, 0, image.shape[0] - 1), np.clip(columns, 0, image.shape[1] - 1)].astype(float)
    values[~inside] = np.nan
    return values, np.broadcast_to(dx, values.shape), np.broadcast_to(dy, values.shape)


def ring(values, distance, inner, outer):
    """Mean of each stamp's ring, less what is 10 sigma off. (Not the median, nor closer: a difference of stacks is skewed by one-sided rejection.)"""
    band = np.where((distance >= inner) & (distance < outer), values, np.nan)
    for _ in range(2):
        middle = np.nanmedian(band, axis=(1, 2), keepdims=True)
        spread = np.sqrt(np.nanmean(np.square(band - middle), axis=(1, 2), keepdims=True))
        with np.errstate(invalid='ignore'): band = np.where(np.abs(band - middle) > 10 * spread, np.nan, band)
    return np.nanmean(band, axis=(1, 2))


def aperture(image, x, y, radius, sky=True):
    """Sums in circles, less the mean of a ring."""
    values, dx, dy = cut(image, x, y, int(np.ceil(radius + 8)))
    distance = np.hypot(dx, dy)
    share = np.clip(radius + 0.5 - distance, 0, 1)
    level = ring(values, distance, radius + 2.5, radius + 7.5) if sky else np.zeros(len(values))
    return np.nansum(share * (values - level[:, None, None]), axis=(1, 2))


def template(dx, dy, width, trail, fine):
    """The profile of flux 1, along x as long as movers trail."""
    inner = (np.arange(fine) - (fine - 1) / 2) / fine
    steps = max(1, int(np.ceil(trail / 0.5))) if trail > 0.3 else 1
    along = (np.arange(steps) - (steps - 1) / 2) / steps * trail
    return sum(profile(dx + i - a, dy + j, *width) for i in inner for j in inner for a in along) / (fine * fine * steps)


class Profile:
    """A stack's own profile, fitted to its bright sources: width and wings of a Moffat function."""
    def __init__(self, image, sources, fwhm, trail=0.0):
        self.trail, self.fine = trail, 1 if fwhm >= 2.5 else 3
        self.half = int(np.ceil(2 * fwhm + trail / 2))
        self.reach = 2 * fwhm + trail / 2
        values, dx, dy = cut(image, sources[:, 0], sources[:, 1], int(self.half + 8))
        values = values - ring(values, np.hypot(dx, dy), self.reach + 2, self.reach + 7)[:, None, None]
        used = np.hypot(dx, dy) < self.reach

        def misfit(p):
            if not (0.8 < p[0] < 20 and 1.2 < p[1] < 30): return 1e99
            t = template(dx, dy, p, trail, self.fine) * used
            with np.errstate(invalid='ignore'):
                amplitude = np.nansum(t * values, axis=(1, 2)) / np.nansum(t * t * np.isfinite(values), axis=(1, 2))
            return np.nansum(used * (values - amplitude[:, None, None] * t) ** 2 / (np.abs(amplitude) ** 2)[:, None, None])

        self.width = minimize(misfit, [fwhm * 1.1, 4.0], method='Nelder-Mead', options={'xatol': 1e-3, 'fatol': 1e-9}).x

    def flux(self, image, x, y, sky=True):
        values, dx, dy = cut(image, x, y, int(self.half + 8))
        distance = np.hypot(dx, dy)
        if sky: values = values - ring(values, distance, self.reach + 2, self.reach + 7)[:, None, None]
        t = template(dx, dy, self.width, self.trail, self.fine) * (distance < self.reach)
        known = np.isfinite(values)
        return np.nansum(t * values, axis=(1, 2)) / np.sum(t * t * known, axis=(1, 2))


def blanks(sequence, offset):
    """Places between the rows of the grid, where no star and no mover passes."""
    size = sequence.scene.size
    edge = (size - size // CELL * CELL) / 2
    y, x = np.meshgrid(edge + CELL * np.arange(1, size // CELL) - 0.5, np.arange(20, size - 20, 10.0), indexing='ij')
    x, y = x.ravel() + offset[0], y.ravel() + offset[1]
    if sequence.comet:
        far = np.hypot(x - size / 2, y - size / 2) > 215
        x, y = x[far], y[far]
    return x, y


def single(sequence, reference, x, y):
    """The same flux out of each frame by itself, by its own profile, and the best mean of these: nothing is moved."""
    scene = sequence.scene
    total = np.zeros(len(x))
    weights = oracle.weights(sequence)
    shape = sequence.shape()
    at = lambda v: np.clip(np.rint(v).astype(int), 0, scene.size - 1)
    for i, w in enumerate(weights):
        away = sequence.offsets[i] - sequence.offsets[reference]
        half = int(np.ceil(2 * scene.fwhm[i]))
        values, dx, dy = cut(sequence.clean[i], x + away[0], y + away[1], half)
        t = template(dx, dy, (scene.fwhm[i], BETA), 0.0, 1 if scene.fwhm[i] >= 2.5 else 3) * (np.hypot(dx, dy) < 2 * scene.fwhm[i])
        known = np.isfinite(values)
        sky = sequence.background[i] * (shape[at(y + away[1]), at(x + away[0])] if scene.vignetting else np.ones(len(x)))
        total += w * np.nansum(t * (values - sky[:, None, None]), axis=(1, 2)) / np.sum(t * t * known, axis=(1, 2)) / sequence.factor[i]
    return total / weights.sum()


def flat(image, sequence, x, y):
    """The image less a paraboloid through the medians of its blank places."""
    values, _, _ = cut(image, x, y, 4)
    level = np.nanmedian(values, axis=(1, 2))
    size = sequence.scene.size
    terms = lambda u, v: np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], -1)
    u, v = 2 * x / size - 1, 2 * y / size - 1
    kept = np.isfinite(level)
    for _ in range(3):
        c = np.linalg.lstsq(terms(u[kept], v[kept]), level[kept], rcond=None)[0]
        off = level - terms(u, v) @ c
        with np.errstate(invalid='ignore'): kept = np.abs(off) < 4 * 1.4826 * np.nanmedian(np.abs(off[kept]))
    rows, columns = np.mgrid[0:image.shape[0], 0:image.shape[1]]
    return image - terms(2 * columns / size - 1, 2 * rows / size - 1) @ c


def scatter(values):
    values = values[np.isfinite(values)]
    return np.sqrt(np.mean(np.square(values - values.mean())))


def mean(groups):
    """Of all values, and its error: from how they scatter, or from how the groups' means do where that is more (a group's frames are the same)."""
    groups = [g for g in groups if len(g)]
    values = np.concatenate(groups) if groups else np.array([])
    if len(values) < 2: return np.nan, np.nan
    error = values.std(ddof=1) / np.sqrt(len(values))
    if len(groups) > 3: error = max(error, np.std([np.mean(g) for g in groups], ddof=1) / np.sqrt(len(groups)))
    return float(values.mean()), float(error)
