#!/usr/bin/env python3
"""Makes Tests/SkyTests/Golden/wcs-headers.txt and wcs-places.csv: headers of our own and what astropy makes of them.

See README.md beside this script.
"""
import csv
import os
import sys

import numpy as np
from astropy.coordinates import (FK4, FK5, ICRS, BarycentricMeanEcliptic, Galactic, SkyCoord)
from astropy.io import fits
from astropy.time import Time
from astropy.wcs import WCS
import astropy
import warnings

warnings.simplefilter("ignore")
WIDTH, HEIGHT = 1024, 768


def base(code="TAN", lon="RA--", lat="DEC-", crval=(150.0, 30.0), scale=1.0, turn=20.0, mirror=False, **more):
    s = scale / 3600
    c, d = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    sign = 1 if mirror else -1
    head = {
        "CTYPE1": f"{lon}-{code}", "CTYPE2": f"{lat}-{code}",
        "CRPIX1": 512.5, "CRPIX2": 384.5, "CRVAL1": crval[0], "CRVAL2": crval[1],
        "CD1_1": sign * s * c, "CD1_2": s * d, "CD2_1": -sign * s * d, "CD2_2": s * c,
    }
    head.update(more)
    return head


def without(head, *names):
    return {k: v for k, v in head.items() if k not in names}


CD = ("CD1_1", "CD1_2", "CD2_1", "CD2_2")


def cdelt(head, scale=1.0):
    head = without(head, *CD)
    head["CDELT1"], head["CDELT2"] = -scale / 3600, scale / 3600
    return head


SIP = {"A_ORDER": 4, "B_ORDER": 4, "A_2_0": 2e-5, "A_1_1": -3e-6, "A_0_2": 8e-6, "A_3_0": -2e-9, "A_0_3": 4e-9,
       "A_2_1": 1e-9, "A_4_0": 3e-13, "B_2_0": -7e-6, "B_1_1": 1.1e-5, "B_0_2": -9e-6, "B_3_0": 2e-9, "B_1_2": -3e-9,
       "B_0_4": -2e-12, "A_1_0": 1e-4, "B_0_0": 0.25}
PV = {"PV1_0": -2.8e-5, "PV1_1": 1.000185, "PV1_2": -6.3e-5, "PV1_4": 4.0e-4, "PV1_5": 3.9e-4, "PV1_6": 2.8e-4,
      "PV1_7": -5.5e-3, "PV1_8": -1.3e-4, "PV1_9": -1.8e-3, "PV1_10": -2.0e-4,
      "PV2_0": -5.6e-6, "PV2_1": 1.000234, "PV2_2": 1.6e-4, "PV2_4": 8.1e-4, "PV2_5": 4.1e-4, "PV2_6": 4.7e-4,
      "PV2_7": -7.5e-3, "PV2_8": -8.3e-4, "PV2_9": -3.4e-3, "PV2_10": -3.6e-3}
PV7 = dict(PV, **{"PV1_3": 2e-05, "PV1_11": -0.0004, "PV1_12": 0.001, "PV1_15": -0.002, "PV1_17": 0.005, "PV1_22": 0.003,
                  "PV1_23": -0.004, "PV1_24": 0.02, "PV1_30": -0.01, "PV1_31": 0.05, "PV1_38": -0.04, "PV1_39": 0.06,
                  "PV2_3": -3e-05, "PV2_11": 0.0005, "PV2_13": 0.001, "PV2_20": 0.002, "PV2_26": -0.02, "PV2_35": 0.03,
                  "PV2_39": -0.05})

CASES = {
    "tan": base(),
    "tan_mirrored": base(mirror=True, turn=-111.0),
    "tan_pole": base(crval=(33.0, 89.97), scale=2.0),
    "tan_south": base(crval=(359.99, -72.5), scale=0.3),
    "tan_wrap": base(crval=(0.0, 5.0), scale=4.0),
    "tan_fine": base(scale=0.025),
    "tan_wide": base(scale=100.0),
    "tan_lonpole": base(LONPOLE=90.0),
    "tan_far_crpix": base(CRPIX1=-6000.0, CRPIX2=9000.0),
    "tan_cdelt": cdelt(base()),
    "tan_crota2": dict(cdelt(base()), CROTA2=37.0),
    "tan_pc": dict(cdelt(base()), PC1_1=0.8, PC1_2=-0.6, PC2_1=0.6, PC2_2=0.8),
    "tan_pc_partial": dict(cdelt(base()), PC1_2=-0.1),
    "tan_cd_and_crota2": dict(base(), CDELT1=-1.0, CDELT2=1.0, CROTA2=45.0),
    "tan_arcsec": dict(cdelt(base(crval=(540000.0, 108000.0))), CDELT1=-1.0, CDELT2=1.0, CUNIT1="arcsec",
                       CUNIT2="arcsec"),
    "tan_swapped": dict(base(), CTYPE1="DEC--TAN", CTYPE2="RA---TAN", CRVAL1=30.0, CRVAL2=150.0),
    "sip": dict(base(), CTYPE1="RA---TAN-SIP", CTYPE2="DEC--TAN-SIP", **SIP),
    "sip_strong": dict(base(), CTYPE1="RA---TAN-SIP", CTYPE2="DEC--TAN-SIP",
                       **{k: (v * 5 if "ORDER" not in k else v) for k, v in SIP.items()}),
    "tpv": dict(base("TPV", scale=2.0), **PV),
    "tpv_seventh": dict(base("TPV", scale=5.0), **PV7),
    "scamp": dict(base(scale=2.0), **PV),
    "sin": base("SIN", scale=30.0),
    "sin_slant": base("SIN", scale=30.0, PV2_1=0.1, PV2_2=-0.3),
    "ncp": base("NCP", crval=(150.0, 60.0), scale=10.0),
    "gls": base("GLS", crval=(150.0, 40.0), scale=60.0, turn=0.0),
    "stg": base("STG", scale=60.0),
    "arc": base("ARC", scale=60.0),
    "zea": base("ZEA", scale=60.0),
    "zpn": base("ZPN", scale=60.0, PV2_1=1.0, PV2_3=-0.1, PV2_5=0.02),
    "azp": base("AZP", scale=30.0, PV2_1=2.0, PV2_2=30.0),
    "szp": base("SZP", scale=30.0, PV2_1=2.0, PV2_2=180.0, PV2_3=60.0),
    "air": base("AIR", scale=60.0, PV2_1=45.0),
    "cyp": base("CYP", scale=60.0, PV2_1=1.0, PV2_2=0.7, crval=(150.0, 0.0)),
    "cea": base("CEA", scale=60.0, PV2_1=0.9, crval=(150.0, 0.0)),
    "car": base("CAR", scale=60.0),
    "mer": base("MER", scale=60.0),
    "sfl": base("SFL", scale=60.0),
    "par": base("PAR", scale=60.0),
    "mol": base("MOL", scale=60.0),
    "ait": base("AIT", scale=60.0),
    "cop": base("COP", scale=30.0, PV2_1=45.0, PV2_2=25.0),
    "coe": base("COE", scale=30.0, PV2_1=45.0, PV2_2=25.0),
    "cod": base("COD", scale=30.0, PV2_1=45.0, PV2_2=25.0),
    "coo": base("COO", scale=30.0, PV2_1=45.0, PV2_2=25.0),
    "bon": base("BON", scale=30.0, PV2_1=45.0),
    "pco": base("PCO", scale=30.0),
    "hpx": base("HPX", scale=60.0, crval=(150.0, 0.0)),
    "fk5": base(RADESYS="FK5", EQUINOX=2000.0),
    "fk5_1975": base(RADESYS="FK5", EQUINOX=1975.0),
    "fk4": base(RADESYS="FK4", EQUINOX=1950.0),
    "fk4_1975": base(RADESYS="FK4", EQUINOX=1975.0),
    "equinox_alone_2000": base(EQUINOX=2000.0),
    "equinox_alone_1950": base(EQUINOX=1950.0),
    "galactic": base(lon="GLON", lat="GLAT", crval=(33.0, -12.0)),
    "ecliptic": base(lon="ELON", lat="ELAT", crval=(200.0, 4.0)),
}


def frame(head):
    equinox = head.get("EQUINOX")
    if head["CTYPE1"].startswith("GLON"):
        return Galactic()
    if head["CTYPE1"].startswith("ELON"):
        return BarycentricMeanEcliptic(equinox=Time("J2000"))
    name = head.get("RADESYS") or ("ICRS" if equinox is None else ("FK4" if equinox < 1984 else "FK5"))
    if name == "FK5":
        return FK5(equinox=Time(equinox, format="jyear"))
    if name == "FK4":
        return FK4(equinox=Time(equinox, format="byear"), obstime=Time(equinox, format="byear"))
    return ICRS()


def main(folder):
    lines, rows = [], []
    for name, cards in CASES.items():
        head = fits.Header()
        head["NAXIS"], head["NAXIS1"], head["NAXIS2"] = 2, WIDTH, HEIGHT
        for key, value in cards.items():
            head[key] = value
        lines.append(f"# {name}")
        lines += [str(card).rstrip() for card in head.cards]
        wcs = WCS(head)
        system = frame(cards)
        for y in (0.0, (HEIGHT - 1) / 2, HEIGHT - 1.0):
            for x in (0.0, (WIDTH - 1) / 2, WIDTH - 1.0):
                first, second = wcs.all_pix2world(x, y, 0)
                lon, lat = (first, second) if wcs.wcs.lng == 0 else (second, first)
                if isinstance(system, ICRS):
                    ra, dec = float(lon) % 360, float(lat)
                else:
                    place = SkyCoord(float(lon), float(lat), unit="deg", frame=system).icrs
                    ra, dec = place.ra.deg, place.dec.deg
                rows.append([name, x, y, repr(float(ra)), repr(float(dec))])
    with open(os.path.join(folder, "wcs-headers.txt"), "w") as out:
        out.write("\n".join(lines) + "\n")
    with open(os.path.join(folder, "wcs-places.csv"), "w", newline="") as out:
        out.write(f"# astropy {astropy.__version__}; made by Scripts/golden/wcs-golden.py\n")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["case", "x", "y", "ra", "dec"])
        writer.writerows(rows)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else
         os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tests/SkyTests/Golden"))
