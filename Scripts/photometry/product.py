"""Runs motion-stack and reads what it made."""
import json, os, shlex, subprocess
from dataclasses import dataclass
from datetime import datetime
import numpy as np
from astropy.io import fits
from scenes import BEGIN, EXPOSURE


@dataclass
class Stack:
    image: np.ndarray
    sigma: object                # UNCERT, or None
    rejected: object             # samples rejected on the high side, or None
    header: object
    reference: int               # index of the frame on whose grid it lies
    seconds: float               # of its reference time, after BEGIN
    kernel: str
    factors: np.ndarray          # by which each frame was multiplied; NaN where it was not used
    weights: np.ndarray
    rejected_share: float
    warnings: list
    transparency: object = None  # exposure x transparency of each frame as it measured them, or None

    @property
    def linear(self): return bool(self.header.get('PHOTLIN', True))


class Product:
    def __init__(self, binary, flags=''):
        self.binary, self.flags = binary, shlex.split(flags)
        words = subprocess.run([binary, 'help', 'stack'], capture_output=True, text=True).stdout
        # The map of standard deviations has had two names.
        self.sigma = next((m for m in ('uncertainty', 'uncert', 'sigma') if m in words.split('--maps', 1)[-1].split('--fill')[0]), None)

    def version(self): return subprocess.run([self.binary, '--version'], capture_output=True, text=True).stdout.strip()

    def run(self, paths, how, folder, maps=()):
        """Stacks of one run, by object; a RuntimeError with its own words where it made none."""
        out = os.path.join(folder, 'stack.fits')
        maps = [m for m in (*maps, self.sigma) if m]
        command = [self.binary, *how, *paths, '-o', out, '--overwrite', '--json', '--progress', 'none', '-q', '--threads', '1', '--offline',
                   *(['--maps', ','.join(maps)] if maps else []), *self.flags]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0: raise RuntimeError(f'exit code {done.returncode}: {done.stderr.strip() or done.stdout.strip()}')
        report = json.loads(done.stdout)
        warnings = [l for l in done.stderr.splitlines() if l.startswith('warning')]
        stacks = {}
        for output, target in zip(report['outputs'], report.get('targets') or [None] * len(report['outputs'])):
            with fits.open(output['path'], memmap=False) as hdus:
                planes = {h.name: h.data for h in hdus if h.name in ('UNCERT', 'REJHIGH')}
                table = hdus['FRAMES'].data
                frames = {os.path.basename(str(r['path']).strip()): r for r in table}
                rows = [frames.get(os.path.basename(p)) for p in paths]
                number = lambda name: np.array([np.nan if r is None or not r['used'] else float(r[name]) for r in rows])
                image, head = hdus[0].data.astype(float), hdus[0].header.copy()
                rejected = np.nansum(number('rejected_high') + number('rejected_low'))
                share = rejected / max(1.0, np.nansum(number('valid')))
                stack_ = Stack(image, planes.get('UNCERT'), planes.get('REJHIGH'), head, 0, 0.0, report['plan']['interpolation'], number('scale'),
                               number('weight'), share, warnings, number('flux_scale') if 'flux_scale' in table.names else None)
            where = (target or {}).get('reference_path') or report['reference']['path']
            stack_.reference = [os.path.basename(p) for p in paths].index(os.path.basename(where))
            time = (target or {}).get('reference_time_utc') or report['reference']['time_utc']
            if time: stack_.seconds = (datetime.fromisoformat(time.rstrip('Z')) - BEGIN).total_seconds()
            stacks[output['object'] or 'stars'] = stack_
            os.unlink(output['path'])
        return stacks


def light(stack, sequence):
    """What one adu of flux should be in this stack by its cards: EXPTIME at the transparency (and gain) that it stands for, the
    reference frame's where frames were scaled, the mean of the frames' where none was."""
    a, t = sequence.factor, sequence.scene.exposure
    used = np.isfinite(stack.factors)
    scaled = np.ptp(stack.factors[used]) > 1e-9 if used.any() else False
    # Scaled by exposure alone frames come to one exposure each, still with their own transparency.
    alone = scaled and np.ptp(stack.factors[used] * t[used]) < 1e-6 * t.max()
    if not scaled: of = a[used].sum() / t[used].sum()
    elif alone: of = np.mean((a / t)[used])
    else: of = a[stack.reference] / t[stack.reference]
    return float(stack.header['EXPTIME']) * of
