#!/usr/bin/env python3
"""embed.py OUTPUT SYMBOL FILE...: writes files into a C table of struct family_text that ends with an id of NULL.

The id of a file is its name without the last suffix."""
import os
import sys


def main(output, symbol, files):
    out = ['/* Written by scripts/embed.py. */', '#include "family/builtin.h"', '']
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
    out += ['extern const struct family_text %s[];' % symbol, 'const struct family_text %s[] = {' % symbol] + rows
    out += ['\t{ 0 },', '};', '']
    with open(output, 'w') as f:
        f.write('\n'.join(out))


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
