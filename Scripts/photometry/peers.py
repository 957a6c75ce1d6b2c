"""Other programs on the same samples: frames that were moved onto one grid beforehand, so that only levels, rejection and weights differ."""
import glob, os, shutil, subprocess, warnings
import numpy as np
from astropy.io import fits

MARGIN = 13  # pixels at the edges that not every frame covers


def run(command, folder, **words):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, **words)


def siril(words, registered=False):
    def stack(folder, paths, exposures):
        lines = ['requires 1.0.0', 'setcpu 1', 'set32bits', 'link s -out=.', *(['register s_ -transf=shift'] if registered else []),
                 f'stack {"r_" if registered else ""}s_ {words} -out=result']
        with open(os.path.join(folder, 'stack.ssf'), 'w') as file: file.write('\n'.join(lines) + '\n')
        done = run(['siril-cli', '-d', folder, '-s', os.path.join(folder, 'stack.ssf')], folder)
        made = glob.glob(os.path.join(folder, 'result.fit*'))
        if not made: raise RuntimeError(done.stdout[-300:])
        data = fits.getdata(made[0]).astype(float)
        return data * 65535 if np.nanmax(data) < 2 else data
    return stack, 'siril-cli'


def swarp(kind, *words):
    def stack(folder, paths, exposures):
        done = run(['SWarp', *paths, '-IMAGEOUT_NAME', 'result.fits', '-WEIGHTOUT_NAME', 'weight.fits', '-COMBINE_TYPE', kind, '-RESAMPLE', 'N',
                    '-WRITE_XML', 'N', '-VERBOSE_TYPE', 'QUIET', '-FSCALASTRO_TYPE', 'NONE', '-NTHREADS', '1', *words], folder)
        if not os.path.exists(os.path.join(folder, 'result.fits')): raise RuntimeError(done.stderr[-300:])
        return fits.getdata(os.path.join(folder, 'result.fits')).astype(float)
    return stack, 'SWarp'


def iraf(words):
    def stack(folder, paths, exposures):
        with open(os.path.join(folder, 'list'), 'w') as file: file.write('\n'.join(os.path.basename(p) for p in paths) + '\n')
        with open(os.path.join(folder, 'run.cl'), 'w') as file:
            file.write(f'immatch\nimcombine ("@list", "result.fits", combine="average", {words}, outtype="real")\nlogout\n')
        done = run(['irafcl', '-f', 'run.cl'], folder, env=dict(os.environ, USER=os.environ.get('USER', 'root')))
        if not os.path.exists(os.path.join(folder, 'result.fits')): raise RuntimeError((done.stdout + done.stderr)[-300:])
        return fits.getdata(os.path.join(folder, 'result.fits')).astype(float)
    return stack, 'irafcl'


def levelled(paths, exposures):
    """Frames as a user of astropy would bring them together: sky off by the median, then to the exposure of the first."""
    for path, t in zip(paths, exposures):
        data = fits.getdata(path).astype(float)
        yield (data - np.median(data)) * exposures[0] / t


def astropy(folder, paths, exposures):
    from astropy.stats import sigma_clip
    return np.ma.mean(sigma_clip(np.array(list(levelled(paths, exposures))), axis=0, masked=True), axis=0).filled(np.nan)


def ccdproc(folder, paths, exposures):
    from astropy.nddata import CCDData
    from astropy.stats import mad_std
    from ccdproc import combine
    frames = [CCDData(d.astype('f4'), unit='adu') for d in levelled(paths, exposures)]
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return np.asarray(combine(frames, method='average', sigma_clip=True, sigma_clip_low_thresh=5, sigma_clip_high_thresh=5, sigma_clip_func=np.ma.median,
                                  sigma_clip_dev_func=mad_std, dtype='float32').data, float)


PEERS = {
    'Siril': siril('rej winsorized 3 3 -norm=addscale'),
    'Siril, weighted': siril('rej winsorized 3 3 -norm=addscale -weighted'),
    'Siril, weighted, wfwhm 80 %': siril('rej winsorized 3 3 -norm=addscale -weighted -filter-wfwhm=80%', registered=True),
    'SWarp CLIPPED': swarp('CLIPPED'),
    'SWarp WEIGHTED': swarp('WEIGHTED', '-WEIGHT_TYPE', 'BACKGROUND'),
    'IRAF avsigclip': iraf('reject="avsigclip", scale="exposure", zero="median", weight="exposure", expname="EXPTIME"'),
    'IRAF ccdclip': iraf('reject="ccdclip", scale="exposure", zero="median", weight="exposure", expname="EXPTIME", rdnoise="5", gain="1"'),
    'ccdproc': (ccdproc, 'ccdproc'),
    'astropy': (astropy, 'astropy'),
}


def there():
    """Names of those that are installed, and of those that are not."""
    import importlib.util
    have = {n: shutil.which(p) is not None or importlib.util.find_spec(p) is not None for n, (_, p) in PEERS.items()}
    return [n for n in PEERS if have[n]], [n for n in PEERS if not have[n]]


def stack(name, frames, exposures, folder, head):
    """The stack by one of them, in its own units. frames: arrays on one grid, without gaps."""
    place = os.path.join(folder, 'peer')
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    paths = []
    for i, (frame, t) in enumerate(zip(frames, exposures)):
        h = head.copy()
        h['EXPTIME'], h['FLXSCALE'] = float(t), float(exposures[0] / t)
        paths.append(os.path.join(place, f'f_{i + 1:05d}.fit'))
        fits.PrimaryHDU(np.clip(np.rint(frame), 0, 65535).astype('u2'), h).writeto(paths[-1])
    try: return PEERS[name][0](place, paths, list(exposures))
    finally: shutil.rmtree(place, ignore_errors=True)
