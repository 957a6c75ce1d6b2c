"""photometry-study: what stacks do to light, against stacks that know the truth. See Scripts/photometry-study."""
import argparse, io, json, multiprocessing, os, platform, shutil, sys, tempfile, time, warnings
import numpy as np
import bench, measure, oracle, peers, scenes
from product import Product, light
from scenes import FLUXES

# Stamps without a pixel, profiles of nothing: they come out as NaN, and are told as such.
warnings.simplefilter('ignore', RuntimeWarning)


def radius(scene): return 2.5 * np.max(scene.fwhm)


def compare(stack, truth, sequence, sources, unit, offset, trail):
    """Fluxes over the oracle's less 1, one a source: by aperture and by each stack's own profile; the profiles."""
    x, y, flux = sources[:, 0] + offset[0], sources[:, 1] + offset[1], sources[:, 2]
    fwhm = np.median(sequence.scene.fwhm)
    wide = radius(sequence.scene) + trail / 2
    stack = stack / unit
    if sequence.scene.vignetting:
        # The oracle's sky is taken away, the product's is curved.
        at = measure.blanks(sequence, offset)
        stack, truth = (measure.flat(i, sequence, *at) for i in (stack, truth))
    difference = stack - truth
    by_aperture = measure.aperture(difference, x, y, wide) / flux
    bright = np.column_stack([x, y])[flux >= np.sort(flux)[-min(20, max(3, (flux >= 30000).sum()))]]
    own, theirs = (measure.Profile(i, bright, fwhm, trail) for i in (stack, truth))
    by_profile = (own.flux(stack, x, y) - theirs.flux(truth, x, y)) / flux
    return by_aperture, by_profile, own, theirs


def noise(stack, truth, sequence, unit, offset, own, theirs):
    """Scatter at blank places by aperture and by profile, of the stack and of the oracle's."""
    x, y = measure.blanks(sequence, offset)
    fwhm = np.median(sequence.scene.fwhm)
    result = []
    for image, profile in ((stack / unit, own), (truth, theirs)):
        image = measure.flat(image, sequence, x, y)
        result.append((measure.scatter(measure.aperture(image, x, y, fwhm, sky=False)),
                       measure.scatter(profile.flux(image, x, y, sky=False))))
    return result


def seed(job):
    """One scene with one seed: plain numbers."""
    name, number, options = job
    rng = scenes.generator(name, number)
    scene = scenes.build(name, rng, options['size'], options['frames'])
    folder = tempfile.mkdtemp(prefix='photometry-', dir=options['folder'])
    try:
        sequence = scenes.write(scene, rng, folder)
        product = Product(options['binary'], scene.flags + ' ' + options['flags'])
        if scene.moving: how = ['mover', '--ephemeris', sequence.table, '--also', 'stars']
        else: how = ['--standard', *(['--align', 'shift'] if scene.aligned else [])]
        try: stacks = product.run(sequence.paths, how, folder)
        except RuntimeError as error: return {'scene': name, 'seed': number, 'failed': str(error)}
        result = {'scene': name, 'seed': number, 'warnings': [], 'stacks': {}}
        for what, stack in stacks.items():
            held = what != 'stars' and scene.moving
            result['stacks']['movers' if held else 'stars'] = one(stack, sequence, held)
            result['warnings'] = stack.warnings
        # They are slow, and paired like all the rest: a few seeds tell.
        if options['peers'] and number < 3: result['peers'] = others(stacks['stars' if scene.moving else next(iter(stacks))], sequence, folder)
        return result
    finally: shutil.rmtree(folder, ignore_errors=True)


def one(stack, sequence, held):
    scene = sequence.scene
    truth = oracle.stack(sequence, stack.kernel, stack.reference, stack.seconds if held else None)
    unit = light(stack, sequence)
    offset = sequence.offsets[stack.reference].copy()
    trail = 0.0
    if held:
        offset[0] += sequence.place(stack.seconds)
        trail = sequence.velocity * np.mean(scene.exposure)
    found = {'linear': stack.linear, 'kernel': stack.kernel, 'rejected': stack.rejected_share}
    if held and scene.coma:
        found['coma'] = coma(stack.image / unit - truth, sequence, offset)
        return found
    sources = sequence.movers if held else sequence.stars
    by_aperture, by_profile, own, theirs = compare(stack.image, truth, sequence, sources, unit, offset, trail)
    found['flux'] = {str(f): [(float(a), float(p)) for a, p, g in zip(by_aperture, by_profile, sources[:, 2]) if g == f] for f in FLUXES}
    (a, p), (ta, tp) = noise(stack.image, truth, sequence, unit, sequence.offsets[stack.reference], own, theirs)
    x, y = measure.blanks(sequence, sequence.offsets[stack.reference])
    best = measure.scatter(measure.single(sequence, stack.reference, x, y)) if not held else np.nan
    found['noise'] = [float(v) for v in (a, p, ta, tp, best)]
    # What share of a bright source's light is in the small aperture: profiles differ with the frames' weights.
    bright = sources[sources[:, 2] >= np.max(sources[:, 2]) / 4, :2] + offset
    share = [np.sum(measure.aperture(i, *bright.T, np.median(scene.fwhm) + trail / 2)) / np.sum(measure.aperture(i, *bright.T, radius(scene) + trail / 2))
             for i in (stack.image, truth)]
    found['share'] = float(share[0] / share[1])
    if stack.sigma is not None:
        values, _, _ = measure.cut(measure.flat(stack.image, sequence, x, y), x, y, 4)
        sigmas, _, _ = measure.cut(stack.sigma, x, y, 4)
        good = np.isfinite(values) & np.isfinite(sigmas)
        if good.any(): found['uncert'] = [float(np.sqrt(np.mean(np.square(sigmas[good])))), float(measure.scatter(values[good]))]
    if 'GAINEFF' in stack.header:
        # An adu's worth of electrons, by which a source's own variance is told from its level.
        w, r, a = (np.nan_to_num(v) for v in (stack.weights, stack.factors, sequence.factor))
        true = (w * r * a).sum() * w.sum() / (w * w * r * r * a / scene.gain).sum()
        found['gain'] = float(stack.header['GAINEFF'] / true)
    if held and 'MTREFX' in stack.header:
        found['place'] = float(np.hypot(stack.header['MTREFX'] - 1 - sequence.movers[0, 0] - offset[0],
                                        stack.header['MTREFY'] - 1 - sequence.movers[0, 1] - offset[1]))
    return found


def others(stack, sequence, folder):
    """The stars by other programs, of samples moved by the same kernel onto the same grid; each in units of its bright stars."""
    m, scene = peers.MARGIN, sequence.scene
    inside = lambda image: image[m:-m, m:-m]
    frames = [inside(oracle.moved(scenes.fits.getdata(p).astype(float), sequence.offsets[stack.reference] - o, stack.kernel))
              for p, o in zip(sequence.paths, sequence.offsets)]
    truth = oracle.stack(sequence, stack.kernel, stack.reference)
    offset = sequence.offsets[stack.reference]
    place = sequence.stars[:, :2] + offset
    sources = sequence.stars[(place > m + 20).all(1) & (place < scene.size - m - 20).all(1)]
    x, y = (sources[:, :2] + offset).T
    bx, by = measure.blanks(sequence, offset)
    near = (np.minimum(bx, by) > m + 6) & (np.maximum(bx, by) < scene.size - m - 6)
    bx, by = bx[near], by[near]
    fwhm, wide, brightest = np.median(scene.fwhm), radius(scene), sources[:, 2] == FLUXES[-1]
    result = {}
    for name in peers.there()[0]:
        try: image = peers.stack(name, frames, scene.exposure, folder, scenes.header(scene, stack.reference, 0.0, offset))
        except (RuntimeError, OSError, ValueError) as error:
            result[name] = {'failed': str(error)[-200:]}
            continue
        whole = np.full(truth.shape, np.nan)
        whole[m:-m, m:-m] = image
        whole -= np.nanmedian(whole)
        unit = np.median((measure.aperture(whole, x, y, wide) / measure.aperture(truth, x, y, wide))[brightest])
        whole /= unit
        off = measure.aperture(whole - truth, x, y, wide) / sources[:, 2]
        bright = np.column_stack([x, y])[sources[:, 2] >= 30000]
        own, theirs = (measure.Profile(i, bright, fwhm) for i in (whole, truth))
        scatter = []
        for i, profile in ((whole, own), (truth, theirs)):
            i = measure.flat(i, sequence, bx, by)
            scatter += [measure.scatter(measure.aperture(i, bx, by, fwhm, sky=False)), measure.scatter(profile.flux(i, bx, by, sky=False))]
        share = [measure.aperture(i, *bright.T, fwhm).sum() / measure.aperture(i, *bright.T, wide).sum() for i in (whole, truth)]
        result[name] = {'flux': {str(f): [float(v) for v in off[sources[:, 2] == f]] for f in FLUXES}, 'noise': [float(v) for v in scatter],
                        'share': float(share[0] / share[1]), 'level': float(unit / np.mean(sequence.factor))}
    return result


def coma(difference, sequence, offset):
    """Flux over the oracle's, less 1, within 8, 40 and 120 pixels; the sky from 190 to 225 pixels."""
    size = sequence.scene.size
    x, y = sequence.comet[0] + offset[0], sequence.comet[1] + offset[1]
    rows, columns = np.mgrid[0:size, 0:size]
    r = np.hypot(columns - x, rows - y)
    u, v = (columns - x) / size, (rows - y) / size
    # A vignetted sky is curved: it is told from the coma by all that is beyond it.
    curved = bool(sequence.scene.vignetting)
    terms = np.stack([np.ones_like(u), *((u, v, u * u + v * v) if curved else ())], -1)
    far = (r > 190) & (r < (1e9 if curved else 225)) & np.isfinite(difference)
    # Only between the rows: the trails of faint stars are in a stack, not in the oracle's.
    edge = (size - size // scenes.CELL * scenes.CELL) / 2
    row = (rows - offset[1] + 0.5 - edge) % scenes.CELL
    far &= (row < 7) | (row > scenes.CELL - 7)
    kept = far
    for _ in range(3):
        off = difference - terms @ np.linalg.lstsq(terms[kept], difference[kept], rcond=None)[0]
        kept = far & (np.abs(off) < 10 * off[kept].std())
    light = scenes.coma_model(size, x, y, sequence.scene.coma)
    return [float(np.nansum(off[r < k]) / light[r < k].sum()) for k in (8, 40, 120)]


def summary(name, results):
    """What the seeds of a scene say together."""
    done = [r for r in results if 'failed' not in r]
    row = {'scene': name, 'seeds': len(done), 'failed': [r['failed'] for r in results if 'failed' in r]}
    row['warnings'] = max((len(r['warnings']) for r in done), default=0)
    for what in ('stars', 'movers'):
        stacks = [r['stacks'][what] for r in done if what in r['stacks']]
        if not stacks: continue
        part = row[what] = {'linear': [s['linear'] for s in stacks], 'kernel': stacks[0]['kernel'], 'rejected': float(np.mean([s['rejected'] for s in stacks]))}
        if 'coma' in stacks[0]:
            values = np.array([s['coma'] for s in stacks])
            part['coma'] = [(1 + m, e) for m, e in zip(values.mean(0), values.std(0) / np.sqrt(max(1, len(values) - 1)))]
            continue
        for k, how in enumerate(('aperture', 'profile')):
            part[how] = {}
            for f in FLUXES:
                value, error = measure.mean([[v[k] for v in s['flux'][str(f)]] for s in stacks])
                if np.isfinite(value): part[how][f] = 1 + value, error
        n = np.sqrt(np.mean(np.square([s['noise'] for s in stacks]), 0))
        # The signal is that of the sources whose own variance is small beside the sky's.
        signal = [np.average([part[how][f][0] for f in (1000, 3000) if f in part[how]], weights=[part[how][f][1] ** -2 for f in (1000, 3000) if f in part[how]])
                  if any(f in part[how] for f in (1000, 3000)) else np.nan for how in ('aperture', 'profile')]
        part['snr'] = (float(signal[0] * np.mean([s['share'] for s in stacks]) * n[2] / n[0]), float(signal[1] * n[3] / n[1]))
        if what == 'stars': part['oracle'] = float(n[4] / n[3])
        uncert = [s['uncert'] for s in stacks if 'uncert' in s]
        if uncert: part['uncert'] = float(np.mean([u[0] / u[1] for u in uncert]))
        gains = [s['gain'] for s in stacks if 'gain' in s]
        if gains: part['gain'] = float(np.mean(gains))
        places = [s['place'] for s in stacks if 'place' in s]
        if places: part['place'] = max(places)
    if 'aperture' in row.get('movers', {}):
        row['magnitudes'] = {}
        for how in ('aperture', 'profile'):
            # A mover of any flux against the bright stars, by which one calibrates.
            bright = [row['stars'][how][f] for f in FLUXES[-2:] if f in row['stars'][how]]
            level, off_level = np.mean([b[0] for b in bright]), max(b[1] for b in bright)
            row['magnitudes'][how] = {f: (float(-2.5 * np.log10(v / level)), float(1.0857 * np.hypot(e / v, off_level)))
                                      for f, (v, e) in row['movers'][how].items() if v > 0}
    return row


def report_peers(rows, results, file):
    """Other programs beside the product: signal to noise, and how flux goes with brightness."""
    have, missing = peers.there()
    table = {}
    for row in rows:
        of = [r['peers'] for r in results[row['scene']] if r.get('peers')]
        # Options of the product are none of theirs.
        if not of or row['scene'] in scenes.SAME: continue
        for name in have:
            done = [p[name] for p in of if 'flux' in p.get(name, {})]
            if not done: continue
            value, _ = measure.mean([p['flux']['3000'] for p in done])
            n = np.sqrt(np.mean(np.square([p['noise'] for p in done]), 0))
            # Its faint stars count as they come out, in units of its bright ones; what shows none has no signal to noise.
            if not (0.3 < 1 + value < 3) or not n[1] > 0: continue
            table.setdefault(row['scene'], {})[name] = {'flux': 1 + value, 'snr': (float((1 + value) * n[3] / n[1]), float(
                (1 + value) * np.mean([p['share'] for p in done]) * n[2] / n[0])), 'level': float(np.mean([p['level'] for p in done]))}
    shown = [r for r in rows if r['scene'] in table]
    for row in shown:
        ours, theirs = row['stars'], table[row['scene']]
        table[row['scene']]['motion-stack'] = {'flux': ours['aperture'][3000][0] / ours['aperture'][FLUXES[-1]][0], 'snr': ours['snr'][::-1]}
        honest = {n: v['snr'][0] for n, v in theirs.items() if n != 'motion-stack' and abs(v['flux'] - 1) < 0.02}
        if honest:
            best = max(honest, key=honest.get)
            bench.goal('S/N by profile at most 0.01 under the best program\'s (of those whose faint stars are within 2 % of their bright ones)',
                       ours['snr'][1] > honest[best] - 0.01, f'{row["title"]}: {ours["snr"][1]:.3f}, {best} {honest[best]:.3f}')
    print('\nOther programs, of frames moved onto one grid by the same kernel: S/N of faint stars by profile over the oracle\'s; **bold**: better than the product by '
          'more than 0.01. In brackets the flux of stars of 3000 adu, in units in which those of 100000 are right. -: no star is left.\n', file=file)
    if missing: print(f'Not installed: {", ".join(missing)}.\n', file=file)
    columns = ['motion-stack', *have]
    print('| scene | ' + ' | '.join(columns) + ' |\n|---|' + '---|' * len(columns), file=file)
    for row in shown:
        of = table[row['scene']]
        cells = []
        for name in columns:
            v = of.get(name)
            mark = '**' if v and v['snr'][0] > row['stars']['snr'][1] + 0.01 else ''
            cells.append(f'{mark}{v["snr"][0]:.3f}{mark} ({v["flux"]:.3f})' if v else '-')
        print(f'| {row["title"]} | ' + ' | '.join(cells) + ' |', file=file)
    return table


def judge(rows):
    """What the scenes say to the goals."""
    goal = bench.goal
    for row in rows:
        title = row['title']
        for message in row['failed'][:1]: goal('runs', False, f'{title}: {message.splitlines()[0]}')
        for what in ('stars', 'movers'):
            part = row.get(what)
            if not part: continue
            told = all(part['linear'])
            fluxes = dict(zip(('r < 8', 'r < 40', 'r < 120'), part['coma'])) if 'coma' in part else {f'{f} adu': v for f, v in part['aperture'].items()}
            off = [f'{f} {v[0]:.3f}' for f, v in fluxes.items() if abs(v[0] - 1) > 0.005 + 3 * v[1]]
            goal('flux within 0.5 % of the oracle\'s, or told by PHOTLIN = F', not off or not told, f'{title}, {what}: {", ".join(off)}')
            if 'snr' in part:
                least_ = 0.94 if row['scene'] == 'narrow' else 0.97
                goal('S/N at least 0.97 of the oracle\'s (0.94 where the FWHM is under 2 pixels)', min(part['snr']) >= least_ - 5e-4,
                     f'{title}, {what}: {part["snr"][0]:.3f}, {part["snr"][1]:.3f}')
            if 'uncert' in part: goal('UNCERT 0.97 to 1.03 in the scenes', abs(part['uncert'] - 1) <= 0.03, f'{title}, {what}: {part["uncert"]:.3f}')
            if 'gain' in part: goal('GAINEFF within 1 %', abs(part['gain'] - 1) <= 0.01, f'{title}, {what}: {part["gain"]:.3f}')
        if 'magnitudes' in row:
            off = [f'{f} adu {v[0]:+.3f}' for f, v in row['magnitudes']['aperture'].items() if abs(v[0]) > 0.005 + 3 * v[1]]
            goal('movers within 0.005 mag of bright stars', not off, f'{title}: {", ".join(off)}')


def goals(file):
    """Each goal, how often it was reached, and all that misses it."""
    print('\n| goal | reached | misses |\n|---|---|---|', file=file)
    for what in dict.fromkeys(g[0] for g in bench.GOALS):
        of = [g for g in bench.GOALS if g[0] == what]
        misses = [where for _, reached, where in of if not reached]
        said = misses if len(misses) <= 8 else [*misses[:6], f'and {len(misses) - 6} more: bold in the tables']
        print(f'| {what} | {len(of) - len(misses)} of {len(of)} | {"; ".join(said)} |', file=file)


def text(value, error, goal, digits=3):
    """A number, its error where that is not small, and a mark where it misses its goal by more than three times the error."""
    mark = '**' if abs(value - 1) > goal + 3 * error else ''
    shown = f'{value:.{digits}f}'
    if error > goal / 2: shown += f' ± {error:.{digits}f}'
    return mark + shown + mark


def worst(values, right):
    """Of values with errors that which is off the most beyond three errors; where none is, the best known."""
    beyond = max(values.items(), key=lambda kv: abs(kv[1][0] - right) - 3 * kv[1][1])
    return beyond if abs(beyond[1][0] - right) > 3 * beyond[1][1] else min(values.items(), key=lambda kv: kv[1][1])


def least(value, goal): return f'{value:.3f}' if value >= goal - 5e-4 else f'**{value:.3f}**'


def report(rows, file):
    say = lambda *words: print(*words, file=file)
    say('Flux over the oracle\'s, by aperture of 2.5 FWHM, of sources of so many adu in 30 s; the column before the last: by the stack\'s own profile, that which is off the most. **Bold**: off by more than 0.005 and three times its error.\n')
    say('| scene | of | ' + ' | '.join(str(f) for f in FLUXES) + ' | profile | PHOTLIN |')
    say('|---|---|' + '---|' * (len(FLUXES) + 2))
    for row in rows:
        title = row['title']
        for message in row['failed'][:1]: say(f'| {title} | | {"|".join([" "] * len(FLUXES))} | | failed: {message.splitlines()[0][:90]} |')
        for what in ('stars', 'movers'):
            part = row.get(what)
            if not part: continue
            linear = ''.join(sorted({'T' if l else 'F' for l in part['linear']}))
            if 'coma' in part:
                cells = [f'r < {r}: {text(v, e, 0.005)}' for r, (v, e) in zip((8, 40, 120), part['coma'])] + [''] * (len(FLUXES) - 2)
            else:
                cells = [text(*part['aperture'][f], 0.005) if f in part['aperture'] else '' for f in FLUXES]
                off = worst(part['profile'], 1)[1]
                cells.append(text(*off, 0.005))
            say(f'| {title} | {what} | ' + ' | '.join(cells) + f' | {linear} |')
            title = ''
    say('\nSignal to noise over the oracle\'s (same kernel), UNCERT, and movers against stars. S/N: of faint sources, by the scatter of '
        'blank apertures of 1 FWHM and blank profiles. Oracle: its S/N by profile over that of every frame measured by itself.\n')
    say('| scene | S/N stars: aperture | profile | S/N movers: aperture | profile | oracle | UNCERT / scatter (stars, movers) | GAINEFF / true | rejected % (stars, movers) | movers - bright stars, mag: worst |')
    say('|---|---|---|---|---|---|---|---|---|---|')
    for row in rows:
        cells = []
        for what in ('stars', 'movers'):
            snr = row.get(what, {}).get('snr')
            cells += [least(v, 0.97) for v in snr] if snr else ['', '']
        parts = [row[w] for w in ('stars', 'movers') if w in row]
        cells.append(', '.join(f'{p["oracle"]:.3f}' for p in parts if 'oracle' in p))
        cells.append(', '.join(text(p['uncert'], 0, 0.03) for p in parts if 'uncert' in p))
        cells.append(', '.join(text(p['gain'], 0, 0.01) for p in parts[:1] if 'gain' in p))
        cells.append(', '.join(f'{100 * p["rejected"]:.2f}' for p in parts))
        off = row.get('magnitudes', {}).get('aperture', {})
        if off:
            f, (value, error) = worst(off, 0)
            mark = '**' if abs(value) > 0.005 + 3 * error else ''
            cells.append(f'{mark}{value:+.3f} ± {error:.3f}{mark} ({f})')
        else: cells.append('')
        say(f'| {row["title"]} | ' + ' | '.join(cells) + ' |')


BEGINS, ENDS = '<!-- by Scripts/photometry-study --document: begin -->', '<!-- end -->'


def document(path, tables):
    """Puts the tables between the marks of a document."""
    with open(path) as file: text_ = file.read()
    before, _, rest = text_.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    if not rest: sys.exit(f'photometry-study: no mark in {path}')
    with open(path, 'w') as file: file.write(f'{before}{BEGINS}\n{tables.strip()}\n{ENDS}{after}')


def main():
    p = argparse.ArgumentParser(prog='photometry-study', add_help=False)
    p.add_argument('--binary', required=True)
    p.add_argument('--scene', action='append', default=[])
    p.add_argument('--flags', '--product-flags', default='')
    p.add_argument('--seeds', type=int)
    p.add_argument('--frames', type=int)
    p.add_argument('--size', type=int)
    p.add_argument('--quick', action='store_true')
    p.add_argument('--jobs', type=int, default=2)
    p.add_argument('--folder')
    p.add_argument('--output')
    p.add_argument('--json')
    p.add_argument('--document')
    p.add_argument('--revision')
    p.add_argument('--peers', action='store_true')
    o = p.parse_args()
    wanted = [w for s in o.scene for w in s.split(',')]
    groups = {'all': [*scenes.names(), *bench.names()], 'scenes': scenes.names(), 'bench': bench.names()}
    wanted = [n for w in (wanted or ['all']) for n in groups.get(w, [w])]
    unknown = [w for w in wanted if w not in groups['all']]
    if unknown: sys.exit(f'photometry-study: no scene {unknown[0]}; there are: {", ".join(groups["all"])}')
    seeds = o.seeds or (2 if o.quick else 8)
    options = dict(binary=os.path.abspath(o.binary), flags=o.flags, folder=o.folder, size=o.size or (336 if o.quick else None), frames=o.frames,
                   quick=o.quick, peers=o.peers)
    began = time.time()
    chosen = [w for w in wanted if w in scenes.SCENES]
    jobs = [(n, k, options) for n in chosen for k in range(seeds)]
    file = io.StringIO() if o.document else open(o.output, 'w') if o.output else sys.stdout
    version = 'motion-stack ' + Product(options['binary']).version() + (f' ({o.revision})' if o.revision else '')
    print(f'{version}, {"options " + o.flags if o.flags else "the defaults"}; {seeds} seeds; Python {platform.python_version()}, numpy {np.__version__}, '
          f'{time.strftime("%Y-%m-%d", time.gmtime())}.\n', file=file)
    with multiprocessing.Pool(o.jobs) as pool:
        results = {}
        for i, r in enumerate(pool.imap(seed, jobs)):
            results.setdefault(r['scene'], []).append(r)
            if sys.stderr.isatty(): print(f'\r{i + 1} of {len(jobs)} ({r["scene"]})   ', end='', file=sys.stderr, flush=True)
        rows = []
        for n in chosen:
            row = summary(n, results[n])
            row['title'] = scenes.SCENES[n](np.random.default_rng(0), o.frames).title
            rows.append(row)
        if sys.stderr.isatty(): print('\r' + ' ' * 40 + '\r', end='', file=sys.stderr)
        if rows: report(rows, file)
        judge(rows)
        tables = {}
        if o.peers:
            tables['peers'] = report_peers(rows, results, file)
            tables['peers noise'] = bench.peers_noise(pool, options, file)
        for n in wanted:
            if n in bench.BENCHES: tables[n] = bench.BENCHES[n](pool, options, file)
    goals(file)
    if not o.document: print(f'\n{time.time() - began:.0f} s.', file=file)
    if o.document: document(o.document, file.getvalue())
    if o.json:
        with open(o.json, 'w') as out: json.dump({'version': version, 'flags': o.flags, 'rows': rows, 'benches': tables}, out, indent=1)


if __name__ == '__main__': main()
