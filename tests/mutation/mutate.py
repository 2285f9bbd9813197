#!/usr/bin/env python3
"""How many small faults would the tests notice?  Changes one thing at a time in the sources of a room and runs the tests that need
no network (suites unit and fuzz).

    mutate.py [--count N] [--seed N] [--keep DIR] [--jobs N] PATH...

PATH is a room (src/field, sim) or files of one.  The tree is copied (out/mutate, or DIR), built there without optimisation, and each
mutation is compiled; what does not compile, or compiles to the same object, is no mutation and not counted.  Prints every one that
no test noticed, and at the end how many were.  Nothing of the tree itself is changed.
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]

SWAPS = [                                        # pattern, what it becomes
    (r'(?<![<\-=!>])<(?![<=])', '<='), (r'(?<![\->=!])>(?![>=])', '>='), (r'<=', '<'), (r'(?<![\->])>=', '>'),
    (r'==', '!='), (r'!=', '=='), (r'&&', '||'), (r'\|\|', '&&'),
    (r'\+\+', '--'), (r'(?<!-)--(?!-)', '++'), (r'(?<=\w )\+(?= \w)', '-'), (r'(?<=\w )-(?= \w)', '+'), (r'(?<=\w )\*(?= \w)', '/'),
    (r'\+=', '-='), (r'-=', '+='), (r'\|=', '&='), (r'<<', '>>'), (r'(?<=\w )&(?= \w)', '|'), (r'(?<=\w )\|(?= \w)', '&'),
    (r'\btrue\b', 'false'), (r'\bfalse\b', 'true'), (r'!(?=[\w(])', ''), (r'\bcontinue;', ';'), (r'\bbreak;', ';'),
    (r'\bNULL\b(?=;)', '(void *)1'),
]
NUMBER = re.compile(r'(?<![\w.])(0x[0-9A-Fa-f]+|\d+)(?![\w.])')
STATEMENT = re.compile(r'^\t+[A-Za-z_*][^;{}]*;\s*$')
KEEP = re.compile(r'^\t+(return|static|const|struct|enum|int|bool|char|u?int\d+_t|size_t|unsigned|double|float|case|default|goto|break|continue)\b')


def blanked(text):
    """Comments, strings and preprocessor lines as blanks, so that what is left is code at the same places."""
    def blank(match):
        return re.sub(r'[^\n]', ' ', match.group())
    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)
    return re.sub(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', blank, text, flags=re.M)


def candidates(path, text):
    code = blanked(text)
    for pattern, new in SWAPS:
        for m in re.finditer(pattern, code):
            yield path, m.start(), m.end(), new
    for m in NUMBER.finditer(code):
        yield path, m.start(), m.end(), str(int(m.group(), 8 if re.fullmatch(r'0\d+', m.group()) else 0) + 1)
    offset = 0
    for line in code.splitlines(True):
        if STATEMENT.match(line) and not KEEP.match(line) and '=' not in line.split('(')[0].replace('==', ''):
            start = offset + len(line) - len(line.lstrip('\t'))
            yield path, start, offset + len(line.rstrip()), ';'
        offset += len(line)


def run(command, cwd, seconds):
    """All that it starts ends with it: a mutated program may hang, and would hold ports and locks of the tests that follow."""
    p = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace', start_new_session=True)
    try:
        out, _ = p.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        out = 'timed out'
    try:
        os.killpg(p.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return p.wait() if out != 'timed out' else -1, out


def objects_of(build, path):
    name = str(path).replace('/', '_') + '.o'
    return [o for o in build.rglob('*.o') if o.name == name or (o.name == path.name + '.o' and path.parent.name in str(o))]


def digest(build, path):
    """Of the code, not of the line numbers."""
    h = hashlib.sha256()
    for o in sorted(objects_of(build, path)):
        with tempfile.NamedTemporaryFile() as plain:
            subprocess.run(['objcopy', '-g', str(o), plain.name], check=True)
            h.update(pathlib.Path(plain.name).read_bytes())
    return h.hexdigest()


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('--count', type=int, default=40, help='mutations that count (40)')
    a.add_argument('--seed', type=int, default=None)
    a.add_argument('--keep', type=pathlib.Path, default=TOP / 'out' / 'mutate', help='where the copy is made')
    a.add_argument('--jobs', type=int, default=2)
    a.add_argument('paths', nargs='+', type=pathlib.Path)
    args = a.parse_args()
    seed = args.seed if args.seed is not None else random.randrange(1 << 30)
    dice = random.Random(seed)

    tree, build = args.keep.resolve() / 'tree', args.keep.resolve() / 'build'
    shutil.rmtree(tree, ignore_errors=True)
    files = subprocess.run(['git', '-C', str(TOP), 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], check=True, capture_output=True,
                           text=True).stdout.split('\0')
    for f in filter(None, files):
        if (TOP / f).is_file():
            (tree / f).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / f, tree / f)
    env_cc = os.environ.get('CC')
    if not env_cc and shutil.which('ccache'):
        os.environ['CC'] = 'ccache gcc'
    if not (build / 'build.ninja').exists():
        code, out = run(['meson', 'setup', str(build), str(tree), '-Dbuildtype=plain', '-Dc_args=-O0', '-Dwerror=false'], tree, 300)
        if code:
            sys.exit(out[-2000:])
    run(['ninja', '-C', str(build), 'build.ninja'], tree, 300)       # the tests may be others than last time
    code, out = run(['meson', 'introspect', '--tests', str(build)], tree, 60)
    tests = [t for t in json.loads(out) if {s.split(':')[-1] for s in t['suite']} & {'unit', 'fuzz'}
             and t['cmd'][0].startswith(str(build))]         # not scripts around the programs
    targets = sorted({str(pathlib.Path(t['cmd'][0]).relative_to(build)) for t in tests})
    ninja = ['ninja', '-C', str(build), '-j', str(args.jobs)] + targets
    code, out = run(ninja, tree, 1200)
    if code:
        sys.exit(out[-3000:])
    test = ['meson', 'test', '-C', str(build), '--no-rebuild', '--num-processes', str(args.jobs), '--maxfail', '1', '--quiet'] + sorted({t['name'] for t in tests})

    code, out = run(['meson', 'introspect', '--targets', str(build)], tree, 60)
    rooms = {}                                                       # of a program, the directories of its sources
    for t in json.loads(out):
        for f in t['filename']:
            rooms[f] = {pathlib.Path(s).parent for g in t['target_sources'] for s in g['sources']}

    def own(room):
        """The tests of the room itself, which are built and run first because most mutations end there: commands, or None."""
        near = [t for t in tests if tree / room in rooms.get(t['cmd'][0], ())]
        if not near:
            return None
        return (ninja[:5] + sorted({str(pathlib.Path(t['cmd'][0]).relative_to(build)) for t in near}),
                test[:10] + sorted({t['name'] for t in near}))

    code, out = run(test, tree, 900)
    if code:
        sys.exit('the tests fail without any mutation:\n' + out[-2000:])

    pool = []
    for p in args.paths:
        p = (TOP / p).resolve().relative_to(TOP)
        for source in sorted((tree / p).rglob('*.c')) if (tree / p).is_dir() else [tree / p]:
            if not source.name.endswith('_test.c'):
                pool += candidates(source.relative_to(tree), source.read_text())
    dice.shuffle(pool)
    print(f'seed {seed}: {len(pool)} possible mutations of {", ".join(map(str, args.paths))}', flush=True)
    counted = noticed = 0
    plain = {}
    for path, start, end, new in pool:
        if counted >= args.count:
            break
        file = tree / path
        text = file.read_text()
        if path not in plain:
            plain[path] = digest(build, path)
        file.write_text(text[:start] + new + text[end:])
        near = own(path.parent)
        code, out = run(near[0] if near else ninja, tree, 600)
        same = code == 0 and digest(build, path) == plain[path]
        if code == 0 and not same:
            counted += 1
            code = 0
            if near:
                code, out = run(near[1], tree, 600)
            if not code:
                code, out = run(ninja, tree, 600)
            if not code:
                code, out = run(test, tree, 600)
            if code:
                noticed += 1
            else:
                number = text.count('\n', 0, start) + 1
                line = text.splitlines()[number - 1].strip()
                print(f'NOT NOTICED {path}:{number}: {text[start:end].strip()!r} -> {new!r}    {line}', flush=True)
        file.write_text(text)
    run(ninja, tree, 600)
    print(f'{noticed} of {counted} mutations noticed ({100 * noticed // max(counted, 1)} %)')
    sys.exit(0 if counted and noticed * 10 >= counted * 9 else 1)


if __name__ == '__main__':
    main()
