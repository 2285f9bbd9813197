#!/usr/bin/env python3
"""Grows the corpus of the BACnet fuzz target from the tests' own frames.

    grow.py OUTPUT [FRAMES.hex | CAPTURE.pcapng | DIRECTORY]...       (tests/frames unless told)

Writes one file a datagram, named by its checksum, so that growing twice changes nothing.  In a .hex file "#" and ";" begin a comment, an
empty line ends a frame, and lines "name: value" are notes of the tests.  Captures are read with tshark: every UDP payload that begins
like a BVLC; more than 300 of a capture are thinned out, the rare lengths first to stay.
"""
import collections
import hashlib
import pathlib
import re
import subprocess
import sys

CAPTURE_MAX = 300


def frames_of_hex(path):
    octets, frames = '', []
    for line in path.read_text().splitlines() + ['']:
        plain = re.split(r'[#;]', line)[0].strip()
        if plain and not re.fullmatch(r'[0-9A-Fa-f\s]+', plain):
            continue
        if plain:
            octets += ''.join(plain.split())
        elif octets and not line.strip():
            frames.append(bytes.fromhex(octets))
            octets = ''
    if octets:
        frames.append(bytes.fromhex(octets))
    return frames


def frames_of_capture(path):
    text = subprocess.run(['tshark', '-r', path, '-Y', 'udp.payload[0] == 81', '-T', 'fields', '-e', 'udp.payload'],
                          check=True, capture_output=True, text=True).stdout
    unique = sorted({bytes.fromhex(line) for line in text.split()})
    seen = collections.Counter()
    ranked = []
    for frame in unique:
        kind = (len(frame), frame[1], frame[6:8])
        seen[kind] += 1
        ranked.append((seen[kind], frame))
    return [frame for _, frame in sorted(ranked)[:CAPTURE_MAX]]


def main():
    output = pathlib.Path(sys.argv[1])
    sources = [pathlib.Path(a) for a in sys.argv[2:]] or [pathlib.Path(__file__).resolve().parent.parent / 'tests' / 'frames']
    output.mkdir(parents=True, exist_ok=True)
    files = [p for s in sources for p in (sorted(s.iterdir()) if s.is_dir() else [s])]
    written = total = 0
    for path in files:
        if path.suffix == '.hex':
            frames = frames_of_hex(path)
        elif path.suffix in ('.pcap', '.pcapng'):
            frames = frames_of_capture(path)
        else:
            continue
        for frame in frames:
            total += 1
            target = output / hashlib.sha1(frame).hexdigest()[:16]
            if not target.exists():
                target.write_bytes(frame)
                written += 1
    print(f'{total} frames, {written} new in {output}')


if __name__ == '__main__':
    main()
