#!/usr/bin/env python3
"""embed.py [--header H --type T] OUTPUT SYMBOL FILE...: writes files into a C table that ends with an id of NULL.

The rows are { id, text, length } of struct T (family_text of family/builtin.h unless told otherwise); the id of a file is its name
without the last suffix."""
import os
import sys


def main(output, symbol, files, header='family/builtin.h', kind='family_text'):
    out = ['/* Written by scripts/embed.py. */', '#include "%s"' % header, '']
    rows = []
    for number, path in enumerate(files):
        with open(path, 'rb') as f:
            data = f.read()
        octets = [str(octet if octet < 128 else octet - 256) for octet in data] + ['0']
        out.append('static const char text_%d[] = {' % number)
        for i in range(0, len(octets), 32):
            out.append('\t' + ','.join(octets[i:i + 32]) + ',')
        out.append('};')
        rows.append('\t{ "%s", text_%d, %d },' % (os.path.splitext(os.path.basename(path))[0], number, len(data)))
    out += ['extern const struct %s %s[];' % (kind, symbol), 'const struct %s %s[] = {' % (kind, symbol)] + rows
    out += ['\t{ 0 },', '};', '']
    with open(output, 'w') as f:
        f.write('\n'.join(out))


if __name__ == '__main__':
    args = sys.argv[1:]
    named = {}
    while args[0] in ('--header', '--type'):
        named['header' if args[0] == '--header' else 'kind'] = args[1]
        args = args[2:]
    main(args[0], args[1], args[2:], **named)
