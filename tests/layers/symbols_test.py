#!/usr/bin/env python3
"""Does symbols.py see what it is for?  Compiles a small tree with one fault in it and looks for the complaint."""
import pathlib
import subprocess
import sys
import tempfile

import symbols

GOOD = {
    'src/a/x.c': 'int y(void);\nint x(void);\nint x(void) { return y(); }\n',
    'src/a/y.c': 'int y(void);\nstatic const char *const names[] = { "a", "b" };\nint y(void) { return names[0] != names[1]; }\n',
    'src/b/main.c': 'int x(void);\nint main(void) { return x(); }\n',
}

BAD = [                          # files, part of the complaint
    ({'src/a/x.c': GOOD['src/a/x.c'] + 'int dead(void);\nint dead(void) { return 1; }\n'}, 'src/a/x.c: dead is dead: nobody uses it'),
    ({'src/a/x.c': GOOD['src/a/x.c'].replace('y()', 'y() + table[0]').replace('int x(void);', 'int x(void);\nextern const int table[1];\nconst int table[1] = { 1 };')},
     'src/a/x.c: table is used by no other file: static'),
    ({'src/a/y.c': 'int y(void);\nint x(void);\nint y(void) { return x(); }\n'}, 'a circle: src/a/x.c, src/a/y.c'),
    ({'src/a/y.c': 'int y(void);\nint y(void) { static int n; return n++; }\n'}, 'src/a/y.c: writable data: n'),
    ({'src/a/y.c': 'int y(void);\nstatic int n = 3;\nint y(void) { return n++; }\n'}, 'src/a/y.c: writable data: n in .data'),
]


def complaints_of(files):
    with tempfile.TemporaryDirectory() as directory:
        top = pathlib.Path(directory)
        build = top / 'build'
        for name, text in files.items():
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            obj = build / f'lib-{path.parent.name}.a.p' / (name.replace('/', '_') + '.o')
            obj.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(['gcc', '-c', '-o', str(obj), str(path)], check=True)
        for d in ('sim', 'bench', 'fuzz'):
            (top / d).mkdir()
        return symbols.check(build, top)[0]


def main():
    print(f'1..{len(BAD) + 1}')
    complaints = complaints_of(GOOD)
    failures = bool(complaints)
    print(('not ok' if complaints else 'ok') + ' 1 - a tree that holds the rules has no complaint')
    print(''.join(f'# {c}\n' for c in complaints), end='')
    for number, (files, part) in enumerate(BAD, 2):
        complaints = complaints_of(GOOD | files)
        found = len(complaints) == 1 and part in complaints[0]
        failures += not found
        print(('ok' if found else 'not ok') + f' {number} - {part}')
        if not found:
            print(f'# {complaints}')
    sys.exit(1 if failures else 0)


if __name__ == '__main__':
    main()
