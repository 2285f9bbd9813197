#!/usr/bin/env python3
"""Adds up what `meson test` recorded, for the closing line of scripts/test.

    count.py LABEL=DIRECTORY:LOGBASE...      reads DIRECTORY/meson-logs/LOGBASE.json

Each cmocka test, each TAP line and each program without either counts as one.  A program that ends badly counts as at least one
failure, whatever it managed to print before.  Skipped tests are listed with their reasons, failed ones with what they printed.
"""
import json
import pathlib
import re
import sys

GOOD = {'OK', 'EXPECTEDFAIL'}
LIMIT = 6000                     # characters of a failed program's output that are repeated


def cases(text):
    """Counts (passed, failed, [skipped: reason]) of one program's output."""
    passed = sum(int(n) for n in re.findall(r'^\[  PASSED  \] (\d+) test', text, re.M))
    failed = sum(int(n) for n in re.findall(r'^\[  FAILED  \] (\d+) test', text, re.M))
    skipped = re.findall(r'^skipped: (.*)$', text, re.M)     # what a cmocka test says before it calls skip()
    for bad, line in re.findall(r'^(not )?ok\b(.*)$', text, re.M):
        skip = re.search(r'#\s*SKIP\S*\s*(.*)', line, re.I)
        if skip:
            skipped.append(f'{line.split("#")[0].strip(" -0123456789")}: {skip.group(1)}')
        elif bad:
            failed += 1
        else:
            passed += 1
    return passed, failed, skipped


def main():
    total_passed = total_failed = 0
    all_skipped = []
    for argument in sys.argv[1:]:
        label, _, where = argument.partition('=')
        directory, _, base = where.rpartition(':')
        log = pathlib.Path(directory) / 'meson-logs' / (base + '.json')
        if not log.exists():
            print(f'{label}: no results in {log}')
            total_failed += 1
            continue
        for line in log.read_text().splitlines():
            test = json.loads(line)
            text = test.get('stdout') or ''
            passed, failed, skipped = cases(text + (test.get('stderr') or ''))
            if test['result'] in GOOD:
                passed = passed or (0 if skipped else 1)
            elif test['result'] == 'SKIP':
                skipped = skipped or [text.strip().splitlines()[-1] if text.strip() else 'no reason given']
            else:
                failed = failed or 1
                print(f'---- {label}: {test["name"]}: {test["result"]}')
                output = text + (test.get('stderr') or '')
                print(output if len(output) <= LIMIT else output[:LIMIT // 3] + '\n...\n' + output[-2 * LIMIT // 3:])
            total_passed += passed
            total_failed += failed
            all_skipped += [f'{label}: {test["name"]}: {reason}' for reason in skipped]
    for line in all_skipped:
        print(f'skipped: {line}')
    print(f'{total_passed} passed, {total_failed} failed' + (f', {len(all_skipped)} skipped' if all_skipped else ''))
    sys.exit(1 if total_failed else 0)


if __name__ == '__main__':
    main()
