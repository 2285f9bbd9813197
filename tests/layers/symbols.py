#!/usr/bin/env python3
"""What only the compiled objects show: holds the object files of a build against three rules of the house.

    symbols.py BUILD_DIRECTORY TOP [--rooms ROOM...]

    no singletons       no object of a room holds writable data (tables with pointers live in .data.rel.ro: they are fine)
    no circles          inside a room, no file needs another one that, over whatever way, needs it
    nothing dead        (the codec aside, which reads and writes each message) a function or table that is not static is used in the programs, the bench or the fuzz targets; what only tests
                        call, or nobody, must not be there.  What only its own file uses, and no test, is static

Prints a line for each fault; exit 1 when there is one.
"""
import collections
import pathlib
import re
import subprocess
import sys

ENTRY = {'main', 'LLVMFuzzerTestOneInput'}
AWAITED = {                                     # names that only tests use as yet, and who they are for
    'dial_open': 'the web interface: a client of the control socket that serves others meanwhile',
    'dial_ask': 'the same', 'dial_close': 'the same',
}
DEFINED = set('TDRBVWdb') - {'d', 'b'}


def sources(top):
    """Object files carry their source's path with '_' for '/': the longest match tells which it was."""
    found = {}
    for d in ('src', 'sim', 'bench', 'fuzz'):
        for path in (top / d).rglob('*.c'):
            found[str(path.relative_to(top)).replace('/', '_')] = path.relative_to(top)
    return found


def source_of(obj, top, known):
    name = obj.name[:-2]                        # without .o
    directory = obj.parent.parent
    for candidate in (name, '_'.join(directory.parts[-2:] + (name,)), '_'.join(directory.parts[-1:] + (name,))):
        if candidate in known:
            return known[candidate]
    return None


def room_of(path):
    return path.parts[1] if path.parts[0] == 'src' else path.parts[0]


def symbols(objects):
    out = subprocess.run(['nm', '-A', *map(str, objects)], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        file, rest = line.rsplit(':', 1)
        parts = rest.split()
        kind, name = parts[-2:]
        yield file, kind, name


def writable(objects):
    """Names in .data, .bss, .tdata, .tbss and COMMON of each object."""
    table = subprocess.run(['objdump', '-t', *map(str, objects)], check=True, capture_output=True, text=True).stdout
    member = ''
    for line in table.splitlines():
        if ':     file format' in line:
            member = line.split(':     file')[0]
        # "0000000000000000 l     O .bss	0000000000000004 name": address, seven flag columns, section, size, name
        if len(line) < 26 or '\t' not in line:
            continue
        section, name = line[25:].split('\t')[0].strip(), line.split()[-1]
        if section == '*COM*' or ('O' in line[17:25] and re.match(r'\.(data|bss|tdata|tbss)(?!\.rel\.ro)', section)):
            yield member, f'{name} in {section}'


def mentions(path, name):
    """How often the code of a file says a name, comments and strings aside."""
    code = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', ' ', path.read_text(), flags=re.S)
    code = re.sub(r'^[A-Za-z][^\n;{=]*\b' + name + r'\b[^\n;{=]*;', ' ', code, flags=re.M)        # declarations
    return len(re.findall(r'\b' + name + r'\b', code))


def circles(graph):
    """Strongly connected components of more than one node (Tarjan)."""
    index, low, stack, on, order, found = {}, {}, [], set(), 0, []

    def visit(node):
        nonlocal order
        index[node] = low[node] = order
        order += 1
        stack.append(node)
        on.add(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in on:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = []
            while True:
                other = stack.pop()
                on.discard(other)
                component.append(other)
                if other == node:
                    break
            if len(component) > 1:
                found.append(sorted(component))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def check(build, top):
    known = sources(top)
    files, tests = {}, []                       # object -> source; objects of tests
    for obj in sorted(build.rglob('*.o')):
        source = source_of(obj.relative_to(build), top, known)
        if obj.parent.name.startswith('test-') or (source and source.name.endswith('_test.c')):
            tests.append(obj)
        elif source:
            files[str(obj)] = source
    complaints = []
    if not files:
        return [f'{build}: no objects'], 0, 0

    rooms = {o: s for o, s in files.items() if s.parts[0] in ('src', 'sim')}
    for member, what in writable(rooms):
        complaints.append(f'{files[member]}: writable data: {what}')

    defined, used = {}, collections.defaultdict(set)
    for file, kind, name in symbols(files):
        if kind in DEFINED:
            defined.setdefault(name, files[file])
        elif kind == 'U':
            used[name].add(files[file])

    tested = {name for _, kind, name in symbols(tests) if kind == 'U'} if tests else set()
    for name, source in sorted(defined.items(), key=lambda item: (str(item[1]), item[0])):
        if source.parts[0] not in ('src', 'sim') or name in ENTRY or name in AWAITED or used[name] - {source}:
            continue
        if room_of(source) == 'bacnet' and name in tested:
            continue                            # the codec goes both ways: what we only read, tests write, and the other way round
        if mentions(top / source, name) < 2:
            complaints.append(f'{source}: {name} is dead: {"only tests use it" if name in tested else "nobody uses it"}')
        elif name not in tested:
            complaints.append(f'{source}: {name} is used by no other file: static')

    graph = collections.defaultdict(set)
    for name, users in used.items():
        home = defined.get(name)
        if home:
            for user in users:
                if user != home and room_of(user) == room_of(home):
                    graph[user].add(home)
    for component in circles(graph):
        complaints.append('a circle: ' + ', '.join(map(str, component)))
    return complaints, len(files), len(defined)


def main():
    complaints, files, names = check(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    for line in complaints:
        print(line)
    if not complaints:
        print(f'{files} objects, {names} names: no singletons, no circles, nothing dead')
    sys.exit(1 if complaints else 0)


if __name__ == '__main__':
    main()
