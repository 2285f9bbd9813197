#!/usr/bin/env python3
"""Who may include whom: holds every #include of src/ and sim/ against src/layers.txt.

    layers.py TOP       prints "FILE:LINE: reason" for each include that must not stand there; exit 1 when there is one

A room is a directory of src/, or sim/.  A file may include its own room, base, and the rooms that its line of layers.txt names; a room
that it names and never includes is a complaint too, because a permission that nobody uses is an invitation.
A line "<PATTERN>: ROOM..." keeps a library's headers in the rooms that may know it.  Quoted includes start at src/ (or at the top
for sim/), so that each shows its layer; only .def tables and generated .inc files of the own room may stand without.
"""
import fnmatch
import pathlib
import re
import sys

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.M)
SOURCES = ('.c', '.h', '.def')


def rules_read(path):
    rooms, libraries = {}, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split('#', 1)[0].strip()
        if not line:
            continue
        name, colon, names = line.partition(':')
        if not colon:
            raise SystemExit(f'{path}:{number}: not "ROOM: ROOM..."')
        name, names = name.strip(), names.split()
        if name.startswith('<'):
            libraries.append((name.strip('<>'), set(names)))
        else:
            rooms[name] = set(names)
    for name, names in rooms.items():
        for other in names - {'all', '-'}:
            if other not in rooms:
                raise SystemExit(f'{path}: {name} may see {other}, which is no room')
    return rooms, libraries


def room_of(relative):
    parts = relative.parts
    return parts[1] if parts[0] == 'src' and len(parts) > 2 else parts[0]


def check(top):
    rooms, libraries = rules_read(top / 'src' / 'layers.txt')
    complaints, seen, used, includes = [], set(), set(), 0
    files = [p for d in ('src', 'sim') for p in sorted((top / d).rglob('*')) if p.suffix in SOURCES]
    for path in files:
        relative = path.relative_to(top)
        room = room_of(relative)
        seen.add(room)
        if room not in rooms:
            complaints.append(f'{relative}:1: room {room} has no line in src/layers.txt')
            continue
        allowed = rooms[room] | {room, 'base'}
        text = path.read_text()
        for match in INCLUDE.finditer(text):
            includes += 1
            quoted, angled = match.groups()
            where = f'{relative}:{text.count(chr(10), 0, match.start()) + 1}'
            if angled:
                for pattern, owners in libraries:
                    if fnmatch.fnmatch(angled, pattern):
                        used.add((f'<{pattern}>', room))
                    if fnmatch.fnmatch(angled, pattern) and room not in owners:
                        complaints.append(f'{where}: <{angled}> belongs to {" ".join(sorted(owners))}, not to {room}')
                if angled.split('/')[0] in rooms and '/' in angled and (top / 'src' / angled).exists():
                    complaints.append(f'{where}: <{angled}> is ours: include it with quotes')
                continue
            if '..' in quoted.split('/'):
                complaints.append(f'{where}: "{quoted}" leaves its directory')
                continue
            if '/' not in quoted:
                if not quoted.endswith('.inc'):
                    complaints.append(f'{where}: "{quoted}" does not start at src/')
                continue
            target = quoted.split('/')[0]
            if target == 'tests' and path.name.endswith('_test.c'):
                continue                                 # what tests of several rooms share; it belongs to none of them
            used.add((room, target))
            if target not in rooms:
                complaints.append(f'{where}: "{quoted}" is in no room')
            elif target not in allowed and 'all' not in allowed:
                complaints.append(f'{where}: {room} may not include {target} ("{quoted}")')
    granted = [(room, other) for room, others in rooms.items() for other in sorted(others)]
    granted += [(f'<{pattern}>', room) for pattern, owners in libraries for room in sorted(owners)]
    for who, whom in granted:
        if whom != 'all' and (who, whom) not in used:
            complaints.append(f'src/layers.txt: nobody uses the permission "{who}: {whom}"')
    if includes == 0:
        complaints.append('no #include found at all: is this the right directory?')
    return complaints, len(files), includes


def main():
    complaints, files, includes = check(pathlib.Path(sys.argv[1]))
    for line in complaints:
        print(line)
    if not complaints:
        print(f'{files} files, {includes} includes: the layers hold')
    sys.exit(1 if complaints else 0)


if __name__ == '__main__':
    main()
