#!/usr/bin/env python3
"""Writes Tests/PicturesTests/Golden/zscale.csv: limits of made-up samples by astropy's ZScaleInterval. Needs astropy.

The samples come from a linear congruential generator that the test has too: u = (x >> 11) / 2^53 of x = x * 6364136223846793005 +
1442695040888963407 mod 2^64, from x = seed; a normal deviate is the sum of twelve u less 6.
"""
import pathlib

import astropy
import numpy
from astropy.visualization import ZScaleInterval


def generator(seed):
    x = seed
    while True:
        x = (x * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        yield (x >> 11) / 2 ** 53


def samples(kind, seed, count):
    u = generator(seed)

    def normal():
        total = 0.0
        for _ in range(12):
            total += next(u)
        return total - 6

    values = []
    for index in range(count):
        value = 400 + 12 * normal()
        if kind == 'sources' and next(u) < 0.08:
            value += 3000 * next(u) ** 4
        elif kind == 'ramp':
            value = float(index)
        elif kind == 'constant':
            value = 7.25
        elif kind == 'steps':
            value = float(round(value / 16) * 16)
        elif kind == 'half':
            value += 500 if next(u) < 0.5 else 0
        values.append(value)
    return values


root = pathlib.Path(__file__).resolve().parent.parent.parent
lines = [f'# by Scripts/golden/zscale-golden.py with astropy {astropy.__version__}', 'kind,seed,count,low,high']
for kind in ['sky', 'sources', 'ramp', 'constant', 'steps', 'half']:
    for seed, count in [(1, 3), (2, 9), (3, 100), (4, 150), (5, 1000), (6, 9999), (7, 10000)]:
        values = numpy.array(samples(kind, seed, count))
        low, high = ZScaleInterval(n_samples=count).get_limits(values)
        lines.append(f'{kind},{seed},{count},{float(low)!r},{float(high)!r}')
path = root / 'Tests/PicturesTests/Golden/zscale.csv'
path.write_text('\n'.join(lines) + '\n')
print(path)
