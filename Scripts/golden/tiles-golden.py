#!/usr/bin/env python3
"""Writes Tests/FITSTests/Golden/tiles.fits and tiles.csv: an image in every way of tile compression, and a hash of the samples that astropy
expands each to. Needs astropy, numpy and fpack (libcfitsio-bin).

A hash is FNV-1a (64 bits) of the big-endian samples, NaN as all bits set.
"""
import pathlib
import subprocess
import tempfile

import astropy
import numpy
from astropy.io import fits

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests/FITSTests/Golden"
HEIGHT, WIDTH = 17, 23


def images():
    random = numpy.random.default_rng(20261127)
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    sky = 300 + random.normal(0, 8, (HEIGHT, WIDTH)) + 20000 * numpy.exp(-((x - 9) ** 2 + (y - 6) ** 2) / 5)
    holes = sky.astype("f4")
    holes[3, 4] = numpy.nan
    holes[10:12, :] = 0
    return {
        "u8": numpy.clip(sky / 100, 0, 255).astype("u1"),
        "i16": (sky - 310).clip(-32768, 32767).astype("i2"),
        "mask": numpy.where(sky > 320, 7, 0).astype("i2"),
        "u16": (sky * 3).clip(0, 65535).astype("u2"),
        "i32": (sky * 100_000).astype("i4"),
        "f32": sky.astype("f4"),
        "f64": sky,
        "holes": holes,
        "cube": numpy.stack([sky, sky / 2, -sky]).astype("i2"),
    }


def first_extension(path):
    """Its bytes: header, table and heap."""
    with fits.open(path, disable_image_compression=True) as file:
        place = file[1].fileinfo()
    return path.read_bytes()[place["hdrLoc"] : place["datLoc"] + place["datSpan"]]


def fpack(name, image, *options):
    with tempfile.TemporaryDirectory() as folder:
        plain = pathlib.Path(folder) / "image.fits"
        header = fits.Header([("OBJECT", name), ("EXPTIME", 30.0)])
        fits.PrimaryHDU(image, header).writeto(plain)
        packed = subprocess.run(["fpack", *options, "-S", plain], capture_output=True, check=True).stdout
        path = pathlib.Path(folder) / "image.fits.fz"
        path.write_bytes(packed)
        return first_extension(path)


def own(name, image, **options):
    """By astropy itself, which writes what fpack does not: NOCOMPRESS, chosen seeds."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "image.fits"
        fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(image, **options)]).writeto(path)
        return first_extension(path)


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def main():
    image = images()
    tables = {}
    for kind in ("u8", "i16", "u16", "i32"):
        for option, way in (("-r", "rice"), ("-g1", "gzip1"), ("-g2", "gzip2"), ("-h", "hcompress")):
            tables[f"{kind} {way}"] = fpack(kind, image[kind], option)
    tables["mask plio"] = fpack("mask", image["mask"], "-p")
    tables["u16 plio"] = fpack("u16", image["u16"], "-p")
    tables["i16 hcompress lossy"] = fpack("i16", image["i16"], "-h", "-s", "2")
    for kind in ("f32", "f64", "holes"):
        for option, way in (("-r", "rice"), ("-g1", "gzip1"), ("-g2", "gzip2"), ("-h", "hcompress")):
            if (kind, way) != ("holes", "hcompress"):
                tables[f"{kind} {way}"] = fpack(kind, image[kind], option)
        tables[f"{kind} gzip1 whole"] = fpack(kind, image[kind], "-g1", "-q", "0")
        tables[f"{kind} gzip2 whole"] = fpack(kind, image[kind], "-g2", "-q", "0")
        tables[f"{kind} rice undithered"] = fpack(kind, image[kind], "-r", "-q0", "4")
    for kind, option in (("i16", "-r"), ("f32", "-r"), ("u16", "-g1"), ("holes", "-r"), ("f64", "-g2")):
        tables[f"{kind} {option} tiles"] = fpack(kind, image[kind], option, "-t", "10,7")
    tables["cube rice"] = fpack("cube", image["cube"], "-r")
    tables["cube rice tiles"] = fpack("cube", image["cube"], "-r", "-t", "8,5,1")
    tables["i16 nocompress"] = own("i16", image["i16"], compression_type="NOCOMPRESS")
    tables["f32 nocompress"] = own("f32", image["f32"], compression_type="NOCOMPRESS", quantize_level=0)
    tables["holes seed 9999"] = own(
        "holes", image["holes"], compression_type="RICE_1", quantize_method=2, quantize_level=8, dither_seed=9999)
    tables["i16 rice one tile"] = own("i16", image["i16"], compression_type="RICE_1", tile_shape=(HEIGHT, WIDTH))

    FOLDER.mkdir(exist_ok=True)
    fits.PrimaryHDU().writeto(FOLDER / "tiles.fits", overwrite=True)
    with open(FOLDER / "tiles.fits", "ab") as file:
        file.write(b"".join(tables.values()))
    lines = [f"hdu,name,bytes,fnv1a of the samples as astropy {astropy.__version__} expands them"]
    # Unscaled: what stands in the data unit of the uncompressed twin.
    with fits.open(FOLDER / "tiles.fits", do_not_scale_image_data=True) as file:
        for index, name in enumerate(tables, 1):
            bitpix = file[index].header["BITPIX"]
            kind = {8: "u1", 16: ">i2", 32: ">i4", -32: ">f4", -64: ">f8"}[bitpix]
            samples = numpy.asarray(file[index].data).astype(kind)
            raw = samples.tobytes()
            if bitpix < 0:
                bits = samples.view(kind.replace("f", "u")).copy()
                bits[numpy.isnan(samples)] = numpy.iinfo(bits.dtype).max
                raw = bits.tobytes()
            if name == "u16 plio":
                # cfitsio keeps these integers positive by adding BZERO; astropy leaves it in.
                raw = (image["u16"].astype("i4") - 32768).astype(">i2").tobytes()
            lines.append(f"{index},{name},{len(raw)},{fnv(raw):016x}")
    (FOLDER / "tiles.csv").write_text("\n".join(lines) + "\n")


main()
