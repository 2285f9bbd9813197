#!/usr/bin/env python3
"""Does layers.py see a violation?  Plants each kind in a small tree of its own and looks for the complaint."""
import pathlib
import sys
import tempfile

import layers

RULES = """
# a comment
base:
bacnet:
ev:
ups:
link:   bacnet ev
sim:    ups ev
tools:  bacnet
daemon: all
<uv*.h>: ev
<modbus*>: sim
"""

GOOD = {
    'src/base/rd.h': '#include <stdint.h>\n',
    'src/bacnet/tag.c': '#include "bacnet/tag.h"\n#include "base/rd.h"\n',
    'src/ev/ev.c': '#include <uv.h>\n',
    'src/ev/ev.h': '#include "base/mono.h"\n',
    'src/link/bip.c': '#include "ev/ev.h"\n#include "bacnet/tag.h"\n',
    'src/tools/read.c': '#include "bacnet/tag.h"\n',
    'src/daemon/main.c': '#include "link/bip.h"\n#include "ups/points.h"\n',
    'sim/slave.c': '#include <modbus/modbus.h>\n#include "ups/points.h"\n#include "ev/ev.h"\n',
    'src/ups/points.c': '#include "ups/points.def"\n',
}

BAD = [                          # file, line, part of the complaint
    ('src/bacnet/x.c', '#include "link/bip.h"', 'bacnet may not include link'),
    ('src/base/x.c', '#include "ev/ev.h"', 'base may not include ev'),
    ('src/tools/x.c', '#include "daemon/main.h"', 'tools may not include daemon'),
    ('sim/x.c', '#include "link/bip.h"', 'sim may not include link'),
    ('src/link/x_test.c', '#  include "ups/points.h"', 'link may not include ups'),
    ('src/link/v.c', '#include "tests/trouble/trouble.h"', 'is in no room'),          # of tests alone
    ('src/link/x.c', '#include <uv.h>', '<uv.h> belongs to ev'),
    ('src/link/y.c', '#include <modbus/modbus.h>', '<modbus/modbus.h> belongs to sim'),
    ('src/bacnet/y.c', '#include "tag.h"', 'does not start at src/'),
    ('src/bacnet/z.c', '#include "../base/rd.h"', 'leaves its directory'),
    ('src/bacnet/w.c', '#include <base/rd.h>', 'include it with quotes'),
    ('src/cellar/x.c', '#include "base/rd.h"', 'cellar has no line'),
    ('src/link/z.c', '#include "attic/x.h"', 'is in no room'),
    ('src/layers.txt', RULES + 'attic: ups', 'nobody uses the permission "attic: ups"'),
    ('src/layers.txt', RULES.replace('<modbus*>: sim', '<modbus*>: sim link'), 'nobody uses the permission "<modbus*>: link"'),
]


def plant(top, files):
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def main():
    failures = 0
    print(f'1..{len(BAD) + 1}')
    with tempfile.TemporaryDirectory() as directory:
        top = pathlib.Path(directory)
        plant(top, GOOD | {'src/layers.txt': RULES})
        complaints = layers.check(top)[0]
        failures += bool(complaints)
        print(('not ok' if complaints else 'ok') + ' 1 - a tree that holds the rules has no complaint')
        print(''.join(f'# {c}\n' for c in complaints), end='')
    for number, (name, line, part) in enumerate(BAD, 2):
        with tempfile.TemporaryDirectory() as directory:
            top = pathlib.Path(directory)
            plant(top, GOOD | {'src/layers.txt': RULES, name: line + '\n'})
            complaints = layers.check(top)[0]
            found = len(complaints) == 1 and part in complaints[0] and complaints[0].startswith(name)
            failures += not found
            print(('ok' if found else 'not ok') + f' {number} - {name}: {part}')
            if not found:
                print(f'# {complaints}')
    sys.exit(1 if failures else 0)


if __name__ == '__main__':
    main()
