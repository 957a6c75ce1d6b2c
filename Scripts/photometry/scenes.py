"""Sequences of frames of known light. No code of the product is in here.

Fluxes are in adu of the reference exposure (30 s) at transparency 1 and gain 1. A scene is a grid of cells of 36 pixels: rows of
stars, then rows of movers, so that trails stay apart from what is measured and the borders between rows are blank sky.
"""
import os, zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

CELL = 36
EXPOSURE = 30.0
FLUXES = (300, 1000, 3000, 10000, 30000, 100000)
BETA = 4.765  # Moffat's, of a turbulent atmosphere
BEGIN = datetime(2025, 1, 18, 2, 0, 0)
READ_NOISE = 5.0
SKY = 1000.0
FWHM = 3.0


@dataclass
class Scene:
    """What is in a sequence. Arrays have one number a frame; what is None is steady."""
    name: str
    title: str
    frames: int = 40
    exposure: object = None      # s
    transparency: object = None
    sky: object = None           # electrons in 30 s
    fwhm: object = None          # pixels
    gain: object = None          # electrons an adu
    dither: float = 6.0          # pixels to either side
    travel: float = 24.0         # pixels that movers go over the run
    overhead: float = 5.0        # s
    flags: str = ''              # for the product
    moving: bool = True
    aligned: bool = True
    saturated: int = 0
    rays: int = 0                # a frame of 480 x 480
    satellites: float = 0.0      # share of frames
    columns: int = 0
    coma: float = 0.0            # adu a pixel at 1 pixel from the nucleus
    vignetting: float = 0.0      # of the sky, at the corners
    size: int = 552
    fluxes: tuple = FLUXES
    floating: bool = False       # frames of float32 that nothing saturates


def names(): return list(SCENES)


def build(name, rng, size=None, frames=None):
    """The scene of this name with its random numbers drawn."""
    scene = SCENES[name](rng, frames)
    n = scene.frames
    fill = lambda value, default: np.full(n, default) if value is None else np.asarray(value, float)
    scene.exposure, scene.transparency = fill(scene.exposure, EXPOSURE), fill(scene.transparency, 1.0)
    scene.sky, scene.fwhm, scene.gain = fill(scene.sky, SKY), fill(scene.fwhm, FWHM), fill(scene.gain, 1.0)
    if size and not scene.coma: scene.size = size
    return scene


def some(rng, n, share): return rng.permutation(n) < round(share * n)


def steady(rng, n): return Scene('steady', 'steady', n or 40)


def mixed(rng, n):
    n = n or 40
    return Scene('mixed', 'exposures mixed, 1 in 5 of 120 s, rest 30 s', n, exposure=np.where(np.arange(n) % 5 == 3, 120.0, 30.0))


def exposure(rng, n):
    scene = mixed(rng, n)
    scene.name, scene.title, scene.flags = 'exposure', 'exposures mixed, `--scale exposure`', '--scale exposure'
    return scene


def clouds(rng, n):
    n = n or 40
    return Scene('clouds', 'clouds, 20 % of frames at half transparency', n, transparency=np.where(some(rng, n, 0.2), 0.5, 1.0))


def cloudy_reference(rng, n):
    n = n or 40
    scene = clouds(rng, n)
    scene.name, scene.title = 'cloudy-reference', 'clouds, and the five frames in the middle at 0.5'
    scene.transparency[n // 2 - 2:n // 2 + 3] = 0.5
    return scene


def sky9(rng, n):
    n = n or 40
    return Scene('sky9', 'sky 1 x and 9 x in turn', n, sky=SKY * np.where(np.arange(n) % 2 == 0, 1.0, 9.0))


def sky10(rng, n):
    n = n or 40
    return Scene('sky10', 'sky 1 x to 10 x', n, sky=SKY * 10 ** np.linspace(0, 1, n))


def plain(rng, n):
    n = n or 40
    return Scene('plain', 'moonrise, sky 1 x to 10 x, not dithered, plain `--standard`', n, dither=0.0, moving=False, aligned=False,
                 sky=SKY * (1 + 9 * np.clip(np.linspace(-1.5, 1, n), 0, 1) ** 2))


def plain_mixed(rng, n):
    scene = mixed(rng, n)
    scene.name, scene.title = 'plain-mixed', 'exposures mixed, not dithered, plain `--standard`'
    scene.dither, scene.moving, scene.aligned = 0.0, False, False
    return scene


def seeing(rng, n):
    n = n or 40
    return Scene('seeing', 'seeing x 0.7 to 1.3', n, fwhm=FWHM * rng.uniform(0.7, 1.3, n))


def gains(rng, n):
    n = n or 40
    return Scene('gains', 'gain 1 and 2 electrons an adu in turn', n, gain=np.where(np.arange(n) % 2 == 0, 1.0, 2.0))


def narrow(rng, n):
    n = n or 40
    return Scene('narrow', 'FWHM 1.4 to 2 pixels', n, fwhm=rng.uniform(1.4, 2.0, n))


def saturated(rng, n): return Scene('saturated', 'saturated stars among them', n or 40, saturated=10)


def rays(rng, n): return Scene('rays', 'cosmic rays of 6 to 1000 sigma, 200 a frame', n or 40, rays=200)


def satellites(rng, n): return Scene('satellites', 'satellites of 10 to 100 sigma in 20 % of frames', n or 40, satellites=0.2)


def columns(rng, n): return Scene('columns', 'eight bad columns', n or 40, columns=8)


def trailed(rng, n):
    n = n or 15
    return Scene('trailed', 'movers that trail by 5 pixels an exposure', n, travel=(n - 1) * 5.0 * 31 / 30, overhead=1.0)


def coma(rng, n): return Scene('coma', 'a coma of 1/r', n or 30, coma=1000.0)


def coma_mesh(rng, n):
    scene = coma(rng, n)
    scene.name, scene.title, scene.flags = 'coma-mesh', 'a coma of 1/r, `--zero mesh`', '--zero mesh'
    return scene


def coma_twilight(rng, n):
    n = n or 30
    return Scene('coma-twilight', 'a coma of 1/r, vignetted sky 0.5 x to 5 x', n, coma=1000.0, vignetting=0.3,
                 sky=SKY * 0.5 * 10 ** np.linspace(0, 1, n))


SCENES = {f.__name__.replace('_', '-'): f for f in (
    steady, mixed, exposure, clouds, cloudy_reference, sky9, sky10, plain, plain_mixed, seeing, gains, narrow, saturated, rays, satellites,
    columns, trailed, coma, coma_mesh, coma_twilight)}


@dataclass
class Sequence:
    """A scene as frames in files, with all that was put into them. Places are 0-based, in a frame without dither."""
    scene: Scene
    paths: list
    offsets: np.ndarray          # x, y of each frame's dither
    middle: np.ndarray           # mid-exposure, s after BEGIN
    epoch: float                 # s after BEGIN at which movers are at their places
    velocity: float              # pixels a second along x
    stars: np.ndarray            # x, y, flux
    movers: np.ndarray
    bright: np.ndarray           # x, y, flux of saturated stars
    clean: np.ndarray            # frames without what does not belong to the sky
    light: np.ndarray            # their stars alone, without noise
    background: np.ndarray       # sky of each frame at its centre, adu
    table: str                   # positions of the first mover
    comet: tuple = ()

    @property
    def factor(self):
        """a: what one adu of flux gives in each frame, adu."""
        s = self.scene
        return s.exposure / EXPOSURE * s.transparency / s.gain

    def place(self, seconds): return self.velocity * (seconds - self.epoch)

    def shape(self):
        """Of the sky: 1 at the centre."""
        half = (self.scene.size - 1) / 2
        y, x = (np.mgrid[0:self.scene.size, 0:self.scene.size] - half) / half
        return 1 - self.scene.vignetting * (x * x + y * y) / 2


def profile(x, y, fwhm, beta=BETA):
    """Light a pixel of a source of flux 1."""
    alpha = fwhm / 2 / np.sqrt(2 ** (1 / beta) - 1)
    return (beta - 1) / (np.pi * alpha ** 2) * (1 + (x * x + y * y) / alpha ** 2) ** -beta


def stamps(x, y, half):
    """Rows, columns, and distances from x, y of the pixels around each place."""
    step = np.arange(-half, half + 1)
    cx, cy = np.rint(x).astype(int), np.rint(y).astype(int)
    columns, rows = cx[:, None, None] + step[None, None, :], cy[:, None, None] + step[None, :, None]
    return rows, columns, columns - x[:, None, None], rows - y[:, None, None]


def sources(image, x, y, flux, fwhm, trail=0.0):
    """Adds sources to an image; those that trail do so along x, about their place."""
    if len(x) == 0: return
    # Narrow profiles are not what their values at the pixels' centres say.
    fine = 1 if fwhm >= 2.5 else 5
    inner = (np.arange(fine) - (fine - 1) / 2) / fine
    steps = max(1, int(np.ceil(trail / 0.4)))
    along = (np.arange(steps) - (steps - 1) / 2) / steps * trail
    half = int(np.ceil(5 * fwhm + trail / 2))
    rows, columns, dx, dy = stamps(x, y, half)
    light = sum(profile(dx + i - a, dy + j, fwhm) for i in inner for j in inner for a in along) / (fine * fine * steps)
    light *= np.asarray(flux)[:, None, None]
    rows, columns = np.broadcast_to(rows, light.shape), np.broadcast_to(columns, light.shape)
    inside = (rows >= 0) & (rows < image.shape[0]) & (columns >= 0) & (columns < image.shape[1])
    np.add.at(image, (rows[inside], columns[inside]), light[inside])


def layout(scene, rng):
    """Stars, movers, saturated stars: x, y, flux."""
    cells = scene.size // CELL
    edge = (scene.size - cells * CELL) / 2
    jitter = lambda n: rng.uniform(-1, 1, (n, 2))
    centre = lambda column, row: np.stack([edge + CELL * (column + 0.5), edge + CELL * (row + 0.5)], 1) - 0.5
    level = lambda n: np.resize(scene.fluxes, n).astype(float)
    if scene.coma:
        column, row = np.meshgrid(np.arange(cells), np.arange(cells))
        place = centre(column.ravel(), row.ravel())
        place = place[np.hypot(*(place - scene.size / 2).T) > 165]
        return np.column_stack([place + jitter(len(place)), rng.permutation(level(len(place)))]), np.empty((0, 3)), np.empty((0, 3))
    star_rows = round(cells * 0.6)
    column, row = np.meshgrid(np.arange(cells), np.arange(star_rows))
    place = centre(column.ravel(), row.ravel())[rng.permutation(cells * star_rows)]
    place += jitter(len(place))
    whole = len(place) // len(scene.fluxes) * len(scene.fluxes)
    extra = place[whole:]
    bright = np.empty((0, 3))
    if scene.saturated:
        whole -= len(FLUXES) * max(0, -(-(scene.saturated - len(extra)) // len(FLUXES)))
        extra = place[whole:]
        bright = np.column_stack([extra, rng.uniform(1e6, 4e6, len(extra))])
    stars = np.column_stack([place[:whole], level(whole)])
    if not scene.saturated and len(extra): stars = np.vstack([stars, np.column_stack([extra, np.full(len(extra), 20000.0)])])
    movers = []
    if scene.moving:
        room = scene.travel + 44
        columns = int(cells * CELL // room)
        for row in range(star_rows, cells):
            for i in range(columns): movers.append((scene.size / 2 + (i - (columns - 1) / 2) * room, edge + CELL * (row + 0.5) - 0.5))
        movers = np.array(movers)[rng.permutation(len(movers))]
        order = np.resize((3000, 30000, 1000, 100000, 10000, 300), len(movers))
        movers = np.column_stack([movers + jitter(len(movers)), order])
    return stars, np.asarray(movers).reshape(-1, 3), bright


def write(scene, rng, folder, field=None):
    """Makes the frames of a scene in a folder; field: stars, movers and saturated stars other than the grid's."""
    n, size = scene.frames, scene.size
    stars, movers, bright = field or layout(scene, rng)
    start = np.concatenate([[0], np.cumsum(scene.exposure + scene.overhead)])[:n]
    middle = start + scene.exposure / 2
    epoch = (middle[0] + middle[-1]) / 2
    velocity = scene.travel / (middle[-1] - middle[0])
    offsets = rng.uniform(-scene.dither, scene.dither, (n, 2))
    sequence = Sequence(scene, [], offsets, middle, epoch, velocity, stars, movers, bright, np.empty((n, size, size), 'f4'),
                        np.empty((n, size, size), 'f4'), scene.sky * scene.exposure / EXPOSURE / scene.gain, '')
    if scene.coma: sequence.comet = (size / 2 + rng.uniform(-1, 1), size / 2 + rng.uniform(-1, 1))
    shape = sequence.shape()
    hot = np.column_stack([rng.permutation(size)[:scene.columns], np.resize((400, 0, 2000, -300), scene.columns)])
    passing = some(rng, n, scene.satellites)
    for i in range(n):
        light = np.zeros((size, size))
        dx, dy = offsets[i]
        electrons = sequence.factor[i] * scene.gain[i]
        for group in (stars, bright):
            sources(light, group[:, 0] + dx, group[:, 1] + dy, group[:, 2] * electrons, scene.fwhm[i])
        sequence.light[i] = light / scene.gain[i]
        x = sequence.place(middle[i]) + dx
        trail = velocity * scene.exposure[i]
        sources(light, movers[:, 0] + x, movers[:, 1] + dy, movers[:, 2] * electrons, scene.fwhm[i], trail)
        if scene.coma:
            light += electrons * coma_model(size, sequence.comet[0] + x, sequence.comet[1] + dy, scene.coma)
        light += scene.sky[i] * scene.exposure[i] / EXPOSURE * shape
        counted = rng.poisson(light) + rng.normal(0, READ_NOISE, light.shape)
        adu = counted / scene.gain[i]
        sequence.clean[i] = stored(scene, adu)
        sigma = np.sqrt(scene.sky[i] * scene.exposure[i] / EXPOSURE + READ_NOISE ** 2) / scene.gain[i]
        if scene.rays: hits(adu, rng, round(scene.rays * size * size / 480 ** 2), sigma)
        if passing[i]: line(adu, rng, sigma * 10 ** rng.uniform(1, 2))
        for column, value in hot: adu[:, int(column)] = 0 if value == 0 else adu[:, int(column)] + value
        path = os.path.join(folder, f'frame_{i:03d}.fits')
        save(path, stored(scene, adu), header(scene, i, start[i], offsets[i]))
        sequence.paths.append(path)
    sequence.table = os.path.join(folder, 'positions.csv')
    if scene.moving: positions(sequence)
    return sequence


def stored(scene, adu): return adu.astype('f4') if scene.floating else np.clip(np.rint(adu), 0, 65535).astype('u2')


def coma_model(size, x, y, level):
    """1/r to 150 pixels, then falling to nothing."""
    rows, columns = np.mgrid[0:size, 0:size]
    r = np.hypot(columns - x, rows - y)
    return level / np.sqrt(r * r + 1) * np.exp(-np.clip(r - 150, 0, None) ** 2 / 800)


def hits(adu, rng, count, sigma):
    """Cosmic rays of 6 to 1000 sigma, two in five of them tracks of 2 to 5 pixels."""
    for _ in range(count):
        x, y, angle = rng.uniform(0, adu.shape[1]), rng.uniform(0, adu.shape[0]), rng.uniform(0, np.pi)
        length = rng.integers(2, 6) if rng.random() < 0.4 else 1
        height = sigma * 10 ** rng.uniform(np.log10(6), 3)
        for step in range(length):
            column, row = int(x + step * np.cos(angle)), int(y + step * np.sin(angle))
            if 0 <= column < adu.shape[1] and 0 <= row < adu.shape[0]: adu[row, column] += height


def line(adu, rng, height, fwhm=FWHM):
    """A satellite: straight through the frame. Returns each pixel's distance from it."""
    angle = rng.uniform(0, np.pi)
    rows, columns = np.mgrid[0:adu.shape[0], 0:adu.shape[1]]
    x, y = rng.uniform(0.2, 0.8, 2) * adu.shape[0]
    away = (columns - x) * np.sin(angle) - (rows - y) * np.cos(angle)
    adu += height * np.exp(-away ** 2 / (2 * (fwhm / 2.3548) ** 2))
    return away


def world(scene, offset):
    """TAN, 1 arcsec a pixel, turned by 10 degrees; the dither moves its reference pixel."""
    wcs = WCS(naxis=2)
    angle = np.radians(10)
    wcs.wcs.ctype = ['RA---TAN', 'DEC--TAN']
    wcs.wcs.crval = [150.0, 12.0]
    wcs.wcs.crpix = [scene.size / 2 + 0.5 + offset[0], scene.size / 2 + 0.5 + offset[1]]
    wcs.wcs.cd = np.array([[-np.cos(angle), np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / 3600
    wcs.wcs.cunit = ['deg', 'deg']
    return wcs


def header(scene, i, start, offset):
    head = world(scene, offset).to_header()
    head['DATE-OBS'] = (BEGIN + timedelta(seconds=float(start))).isoformat(timespec='milliseconds')
    head['EXPTIME'] = float(scene.exposure[i])
    head['GAIN'] = (float(scene.gain[i]), '[e/ADU]')
    head['RDNOISE'] = (READ_NOISE, '[e]')
    head['IMAGETYP'] = 'Light Frame'
    head['FILTER'] = 'R'
    head['SITELAT'], head['SITELONG'], head['SITEELEV'] = 35.0968, (-111.5355, 'east'), 2206.0
    return head


def save(path, data, head): fits.PrimaryHDU(data, head).writeto(path, overwrite=True)


def positions(sequence):
    """The table that the product follows: the first mover's, or the comet's, every 30 s."""
    wcs = world(sequence.scene, (0, 0))
    place = sequence.comet or sequence.movers[0, :2]
    with open(sequence.table, 'w') as file:
        file.write('time,ra,dec\n')
        for seconds in np.arange(-60, sequence.middle[-1] + 121, 30):
            ra, dec = wcs.wcs_pix2world(place[0] + sequence.place(seconds), place[1], 0)
            file.write(f'{(BEGIN + timedelta(seconds=float(seconds))).isoformat(timespec="milliseconds")},{ra:.10f},{dec:.10f}\n')


SAME = {'exposure': 'mixed', 'coma-mesh': 'coma'}


def generator(name, seed):
    """Random numbers of a scene and a seed; scenes that differ in the product's options alone have the same frames."""
    return np.random.default_rng([seed, zlib.crc32(SAME.get(name, name).encode())])
