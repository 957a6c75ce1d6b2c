#!/usr/bin/env python3
"""Makes Tests/StarsTests/Golden/field.fits and stars.csv: a field of our own, and what photutils measures in it. See README.md."""
import csv
import os
import sys

import numpy as np
import photutils
from astropy.io import fits
from astropy.stats import SigmaClip, sigma_clipped_stats
from photutils.aperture import ApertureStats, CircularAnnulus, CircularAperture
from photutils.centroids import centroid_2dg
from photutils.detection import DAOStarFinder
from photutils.psf import fit_fwhm

WIDTH, HEIGHT, FWHM, SKY, GAIN = 384, 320, 3.1, 1200.0, 1.0
RADIUS, INNER, OUTER = 7.75, 11.0, 18.0


def moffat(x, y, flux, fwhm=FWHM, beta=3.5):
    """Mean of a Moffat profile over each pixel, by 5 x 5 points."""
    alpha = fwhm / (2 * np.sqrt(2 ** (1 / beta) - 1))
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    image = np.zeros((HEIGHT, WIDTH))
    for dy in (np.arange(5) - 2) / 5:
        for dx in (np.arange(5) - 2) / 5:
            image += (1 + ((columns + dx - x) ** 2 + (rows + dy - y) ** 2) / alpha ** 2) ** -beta
    return flux * (beta - 1) / (np.pi * alpha ** 2) * image / 25


def main(folder):
    random = np.random.default_rng(20260115)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    image = SKY + 0.4 * columns - 0.2 * rows + 0.001 * (rows - 160.0) ** 2
    places = []
    # A star in each square of 64 pixels, so that all are isolated; from 8 000 to 400 000 electrons.
    for row in range(5):
        for column in range(6):
            x, y = 64 * column + random.uniform(18, 46), 64 * row + random.uniform(18, 46)
            flux = 8000 * 50 ** random.uniform()
            places.append((x, y))
            image += moffat(x, y, flux)
    x, y = places[3]
    image += moffat(x + 5, y + 2, 60000)       # a double
    x, y = places[10]
    image += moffat(x, y, 3e6)                 # saturated
    x, y = places[20]
    image += moffat(x, y, 200000, fwhm=9.0)    # a galaxy
    image = random.poisson(image * GAIN) / GAIN + random.normal(0, 8, image.shape)
    image = np.clip(np.round(image), 0, 60000).astype(np.uint16)
    image[100, 200] = 9000                     # a cosmic ray
    hdu = fits.PrimaryHDU(image)
    hdu.writeto(os.path.join(folder, "field.fits"), overwrite=True)

    data = image.astype(float)
    _, median, deviation = sigma_clipped_stats(data)
    found = DAOStarFinder(threshold=10 * deviation, fwhm=FWHM)(data - median)
    table = []
    for i, (x, y) in enumerate(places):
        box = data[int(round(y)) - 10:int(round(y)) + 11, int(round(x)) - 10:int(round(x)) + 11]
        px, py = centroid_2dg(box - np.median(box))
        px, py = px + int(round(x)) - 10, py + int(round(y)) - 10
        annulus = ApertureStats(data, CircularAnnulus((px, py), INNER, OUTER), sigma_clip=SigmaClip(3, maxiters=5))
        width = float(np.atleast_1d(fit_fwhm(data - annulus.mean, xypos=(px, py), fit_shape=9))[0])
        aperture = CircularAperture((px, py), RADIUS)
        total = aperture.do_photometry(data, method="exact")[0][0]
        by_finder = int(any(np.hypot(a - px, b - py) < 1.5 for a, b in zip(found["x_centroid"], found["y_centroid"])))
        kind = {3: "double", 10: "saturated", 20: "galaxy"}.get(i, "star")
        table.append([kind, repr(float(x)), repr(float(y)), repr(float(px)), repr(float(py)), repr(width),
                      repr(float(total)), repr(float(aperture.area)), repr(float(annulus.mean)),
                      repr(float(annulus.std)), by_finder])
    with open(os.path.join(folder, "stars.csv"), "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["kind", "true_x", "true_y", "x", "y", "fwhm", "aperture", "area", "sky", "sky_deviation", "dao"])
        writer.writerows(table)
    print(f"photutils {photutils.__version__}: {len(found)} by DAOStarFinder")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else
         os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tests/StarsTests/Golden"))
