#!/usr/bin/env python3
"""rejection-peers.py MOTION-STACK [FOLDER]: holds rejection rules against Siril and IRAF on the same frames.

Frames: 15 of 160 x 120 pixels, float32 between 0 and 1 (Siril's range; its 16-bit code rounds bounds to integers), sky with
noise, rays and dark pixels. Rules: sigma, winsorized, linear-fit, percentile beside Siril (siril-cli), minmax and sigclip beside IRAF (irafcl).
Prints for each the share of pixels whose average differs by more than 1e-6 of the sky, and the largest difference in units
of the noise. What is not installed is said. Exit 1 where more pixels differ than BOUNDS says: Siril
stops rejecting while 4 samples are left, and its linear fit also takes samples out of the middle of the sorted column.
"""
import os, shutil, subprocess, sys, tempfile
import numpy as np
from astropy.io import fits

WIDTH, HEIGHT, COUNT, SKY, NOISE = 160, 120, 15, 0.1, 0.002
BOUNDS = {'sigma': 0.02, 'sigclip': 0.02, 'winsorized': 0.02, 'linear-fit': 0.2, 'percentile': 0.001, 'minmax': 0.0}


def make(folder):
    rng = np.random.default_rng(7)
    frames = (SKY + rng.normal(0, NOISE, (COUNT, HEIGHT, WIDTH))).astype('f4')
    rays = rng.random(frames.shape) < 0.02
    frames[rays] += rng.uniform(0.01, 0.5, rays.sum()).astype('f4')
    frames[rng.random(frames.shape) < 0.01] = 0.05
    paths = []
    for i, frame in enumerate(frames):
        hdu = fits.PrimaryHDU(frame)
        hdu.header['DATE-OBS'] = f'2025-01-18T03:{i:02d}:00'
        hdu.header['EXPTIME'] = 30.0
        paths.append(f'{folder}/f_{i + 1:05d}.fit')
        hdu.writeto(paths[-1])
    return paths


def ours(program, paths, result, words):
    subprocess.run([program, '--standard', *words, *paths, '-o', result, '-q', '--progress', 'none'], check=True,
                   stdout=subprocess.DEVNULL)
    return fits.getdata(result).astype('f8')


def siril(folder, words):
    script = f'{folder}/siril.ssf'
    with open(script, 'w') as file:
        file.write(f'requires 1.0.0\nsetext fit\nset32bits\nstack f_ rej {words} -nonorm -out=siril\n')
    for stale in ('siril.fit',):
        if os.path.exists(f'{folder}/{stale}'): os.unlink(f'{folder}/{stale}')
    done = subprocess.run(['siril-cli', '-d', folder, '-s', script], capture_output=True, text=True)
    if not os.path.exists(f'{folder}/siril.fit'): sys.exit('siril-cli: ' + done.stdout[-500:])
    return fits.getdata(f'{folder}/siril.fit').astype('f8')


def iraf(folder, paths, words):
    with open(f'{folder}/list', 'w') as file: file.write('\n'.join(os.path.basename(p) for p in paths) + '\n')
    with open(f'{folder}/run.cl', 'w') as file:
        file.write(f'immatch\nimcombine ("@list", "iraf.fits", combine="average", {words}, '
                   f'outtype="real")\nlogout\n')
    if os.path.exists(f'{folder}/iraf.fits'): os.unlink(f'{folder}/iraf.fits')
    environment = dict(os.environ, USER=os.environ.get('USER', 'root'))
    done = subprocess.run(['irafcl', '-f', 'run.cl'], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    if not os.path.exists(f'{folder}/iraf.fits'): sys.exit('irafcl: ' + (done.stdout + done.stderr)[-500:])
    return fits.getdata(f'{folder}/iraf.fits').astype('f8')


def main():
    if len(sys.argv) not in (2, 3): sys.exit(__doc__)
    folder = sys.argv[2] if len(sys.argv) == 3 else tempfile.mkdtemp()
    os.makedirs(folder, exist_ok=True)
    paths = make(folder)
    cases = [
        ('sigma', ['--reject', 'sigma:low=4,high=3,deviation=std,ddof=1,max-iterations=0'], 'siril-cli',
         lambda: siril(folder, 'sigma 4 3')),
        ('sigclip', ['--reject', 'sigclip:low=4'], 'irafcl',
         lambda: iraf(folder, paths, 'reject="sigclip", lsigma=4, hsigma=3, mclip=yes, nkeep=1')),
        ('winsorized', ['--reject', 'winsorized', '--max-iterations', '0', '--sigma-low', '4', '--sigma-high', '3'],
         'siril-cli', lambda: siril(folder, 'winsorized 4 3')),
        ('linear-fit', ['--reject', 'linear-fit', '--max-iterations', '0', '--sigma-low', '5', '--sigma-high', '4'],
         'siril-cli', lambda: siril(folder, 'linear 5 4')),
        ('percentile', ['--reject', 'percentile', '--percentile-low', '0.2', '--percentile-high', '0.1'],
         'siril-cli', lambda: siril(folder, 'percentile 0.2 0.1')),
        ('minmax', ['--reject', 'minmax', '--nlow', '1', '--nhigh', '2'], 'irafcl', lambda: iraf(folder, paths, 'reject="minmax", nlow=1, nhigh=2')),
    ]
    bad = 0
    for name, words, peer, run in cases:
        if not shutil.which(peer):
            print(f'{name}: {peer} is not installed')
            continue
        own = ours(sys.argv[1], paths, f'{folder}/{name}.fits', words)
        off = abs(own - run())
        share = (off > 1e-6 * SKY).mean()
        print(f'{name}: {peer}: {share:.4%} of the pixels differ, by at most {off.max() / NOISE:.3g} of the noise')
        bad += share > BOUNDS[name]
    if len(sys.argv) == 2: shutil.rmtree(folder)
    sys.exit(1 if bad else 0)


main()
