#!/usr/bin/env python3
"""The recipes of README.md ("How to add"), tried: a point, a family and a service are added to a copy of the tree, the rooms that they
touch are built, their tests run, and the tool shows what was added.

    recipes.py SOURCE-ROOT

What is edited here is what README.md says must be edited; a recipe that needs another file fails, and so does a README that does
not name a file that is needed.  TAP on standard output.
"""
import os, pathlib, re, shutil, subprocess, sys, tempfile

ROOT = pathlib.Path(sys.argv[1]).resolve()
TESTS = ['points', 'gateway', 'api', 'family-map', 'family-chapter7', 'family-docs', 'discovery', 'tools-export', 'tools-families']
failed = count = 0


def run(*args, cwd=None):
    p = subprocess.run([str(a) for a in args], capture_output=True, text=True, cwd=cwd, timeout=900)
    if p.returncode:
        raise AssertionError(f'{" ".join(map(str, args))}\n{p.stdout[-3000:]}{p.stderr[-3000:]}')
    return p.stdout


def check(name, fn):
    global failed, count
    count += 1
    try:
        fn()
        print(f'ok {count} - {name}', flush=True)
    except Exception as e:
        failed += 1
        print(f'not ok {count} - {name}')
        for line in f'{type(e).__name__}: {e}'.splitlines():
            print(f'# {line}', flush=True)


def edit(path, old, new):
    text = path.read_text()
    assert text.count(old) >= 1, f'{path}: there is no "{old}"'
    path.write_text(text.replace(old, new, 1))


def recipe(name):
    """One paragraph of README.md."""
    m = re.search(rf'^\*\*A {name}\.\*\*(.*?)(?=^\*\*A |^[A-Z][^*\n]*licence)', (ROOT / 'README.md').read_text(), re.M | re.S)
    assert m, f'README.md has no recipe for a {name}'
    return m.group(1)


# ---- the edits ----

def add_point(tree):
    points = tree / 'src/ups/points.def'
    instance = 1 + max(int(n) for n in re.findall(r'^POINT\( *(\d+)', points.read_text(), re.M))
    with points.open('a') as f:
        f.write(f'POINT({instance}, UNIT_RECIPE, "UNIT_RECIPE", PERCENT, 0, false, 1.0f, UNIT, ANY, "Recipe of the README")\n')
    for m in [*(tree / 'families').rglob('*.map')]:
        if 'absent rest' not in m.read_text():
            with m.open('a') as f:
                f.write('absent UNIT_RECIPE [I]\n')
    guide = tree / 'docs/families.md'          # holds the same example map as families/examples
    text = guide.read_text()
    end = text.index('\n```', text.index('```map'))
    if 'absent rest' not in text[text.index('```map'):end]:
        guide.write_text(text[:end] + '\nabsent UNIT_RECIPE [I]' + text[end:])


def add_family(tree):
    text = (tree / 'families/examples/acme-triton.map').read_text()
    m = re.search(r'^family\s+(\S+)', text, re.M)
    (tree / 'families/recipe.map').write_text(text.replace(m.group(0), m.group(0).replace(m.group(1), 'recipe'), 1))
    column = re.search(r'^column +"([^"]*)"', text, re.M)
    edit(tree / 'docs/families.md', '\n\nThe files stand in', f'\n| `recipe` | a UPS of the README | {column.group(1) if column else ""} |\n\nThe files stand in')
    edit(tree / 'src/family/meson.build', "    '../../families/delphys-gp.map')", "    '../../families/delphys-gp.map', '../../families/recipe.map')")


def add_service(tree):
    (tree / 'src/service/recipe.c').write_text('''#include "service/service.h"

/* LifeSafetyOperation, clause 13.13: nothing here is to be silenced. */
struct fault service_life_safety_operation(struct service_call *call, struct rd *request, struct wr *ack)
{
	(void)call;
	(void)request;
	(void)ack;
	return ERROR(SERVICES, SERVICE_REQUEST_DENIED);
}
''')
    edit(tree / 'src/service/meson.build', "'table.c'", "'recipe.c', 'table.c'")
    edit(tree / 'src/service/service.h', 'service_fn ', 'service_fn service_life_safety_operation;\nservice_fn ')
    edit(tree / 'src/service/table.c', '\t[CONFIRMED_READ_PROPERTY] ',
         '\t[CONFIRMED_LIFE_SAFETY_OPERATION] = { service_life_safety_operation, SERVICE_SIMPLE, SERVICE_CHANGES },\n\t[CONFIRMED_READ_PROPERTY] ')


# ---- trying ----

def main():
    with tempfile.TemporaryDirectory(prefix='bacnet-ups-recipes-') as d:
        tree, build = pathlib.Path(d) / 'tree', pathlib.Path(d) / 'build'
        shutil.copytree(ROOT, tree, ignore=lambda _, names: [n for n in names if n in ('.git', 'out', 'node_modules', 'build') or n.startswith('build-')])
        print('1..7')
        check('a point is added', lambda: add_point(tree))
        check('a family is added', lambda: add_family(tree))
        check('a service is added', lambda: add_service(tree))
        os.environ.setdefault('CC', 'ccache gcc' if shutil.which('ccache') else 'gcc')

        def build_and_test():
            run('meson', 'setup', build, tree, '-Doptimization=0', '-Dwerror=false')
            run('ninja', '-C', build, 'src/tools/bacnet-ups')
            for kind in 'points', 'pics':                         # as scripts/exports does
                run(build / 'src/tools/bacnet-ups', 'export', kind, '-o', tree / 'docs/exports')
            for m in 'socomec', 'standard':
                run(build / 'src/tools/bacnet-ups', 'export', 'ede', '--object-map', m, '-o', tree / f'docs/exports/ede-{m}')
            run('ninja', '-C', build, *(f'test-{t}' for t in TESTS))
            for t in TESTS:
                run(build / f'test-{t}')
        check('the rooms that they touch are built and their tests pass', build_and_test)
        tool = build / 'src/tools/bacnet-ups'

        def point_is_there():
            assert re.search(r'^analog-value,\d+,UNIT_RECIPE,', run(tool, 'export', 'points'), re.M)
            for n in 'src/ups/points.def', 'families/', 'docs/exports', 'docs/families.md':
                assert n in recipe('point'), f'README.md does not name {n}'

        def family_is_there():
            assert re.search(r'^recipe +', run(tool, 'families'), re.M)
            run(tool, 'check', tree / 'families/recipe.map')
            for n in 'families/', 'src/family/meson.build', 'docs/families.md':
                assert n in recipe('family'), f'README.md does not name {n}'

        def service_is_there():
            assert re.search(r'^\| lifeSafetyOperation \| \d+ \| yes \|', run(tool, 'export', 'pics'), re.M)
            for n in 'src/service/', 'meson.build', 'service.h', 'table.c':
                assert n in recipe('service'), f'README.md does not name {n}'
        check('5.8 a point: the export lists it, README.md names the files', point_is_there)
        check('5.8 a family: the tool lists it, README.md names the files', family_is_there)
        check('5.8 a service: the PICS lists it, README.md names the files', service_is_there)
    return 1 if failed else 0


sys.exit(main())
