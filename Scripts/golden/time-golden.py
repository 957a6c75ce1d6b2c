#!/usr/bin/env python3
"""Makes Tests/SkyTests/Golden/times.csv: instants in several scales as astropy converts them. See README.md."""
import csv
import os
import sys

import astropy
from astropy.time import Time

INSTANTS = [
    "1960-01-01T00:00:00.0", "1965-07-01T12:34:56.789", "1971-06-15T06:00:00.0", "1972-01-01T00:00:00.0",
    "1972-06-30T23:59:60.25", "1985-05-05T05:05:05.5", "1999-12-31T23:59:59.999999999", "2000-01-01T12:00:00.0",
    "2005-12-31T23:59:60.999999", "2006-01-01T00:00:00.0", "2015-06-30T23:59:60.0", "2016-12-31T23:59:59.5",
    "2016-12-31T23:59:60.5", "2017-01-01T00:00:00.000000001", "2019-03-26T02:35:10.13", "2021-03-04T05:06:07.123456789",
    "2024-02-29T18:00:00.0", "2026-11-22T16:47:42.0", "2035-06-01T00:00:00.0",
]


def main(folder):
    with open(os.path.join(folder, "times.csv"), "w", newline="") as out:
        out.write(f"# astropy {astropy.__version__}; made by Scripts/golden/time-golden.py\n")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["utc", "tai", "tt", "tdb", "quasi_jd1", "quasi_jd2"])
        for text in INSTANTS:
            time = Time(text, scale="utc", precision=9)
            writer.writerow([time.isot, time.tai.isot, time.tt.isot, time.tdb.isot, repr(float(time.jd1)),
                             repr(float(time.jd2))])


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else
         os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tests/SkyTests/Golden"))
