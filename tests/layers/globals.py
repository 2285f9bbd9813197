#!/usr/bin/env python3
"""No singletons: the objects of the rooms' libraries may hold no writable data.

    globals.py ARCHIVE...   lists every symbol of .data, .bss and COMMON; exit 1 when there is one

Tables with pointers live in .data.rel.ro, which the loader makes read-only: they are fine.
"""
import subprocess
import sys


def main():
    table = subprocess.run(['objdump', '-t', *sys.argv[1:]], check=True, capture_output=True, text=True).stdout
    member, symbols, found = '', 0, []
    for line in table.splitlines():
        if ':     file format' in line:
            member = line.split(':')[0]
        # "0000000000000000 l     O .bss	0000000000000004 name": address, seven flag columns, section, size, name
        if len(line) < 26 or '\t' not in line:
            continue
        symbols += 1
        section = line[25:].split('\t')[0]
        name = line.split()[-1]
        if 'O' not in line[17:25] and section != '*COM*':
            continue
        if section == '*COM*' or (section.split('.')[1] in ('data', 'bss', 'tdata', 'tbss') and not section.startswith('.data.rel.ro')):
            found.append(f'{member}: {name} in {section}')
    for line in found:
        print(f'writable data: {line}')
    if not symbols:
        print(f'{sys.argv[1:]}: no symbols')
        return 1
    print(f'{symbols} symbols, {len(found)} in writable sections')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
