#!/bin/sh
# The manual page names every option, command, fault and scenario word that the program knows.
#   man_test.sh UPS-SIM MANUAL-PAGE
sim=$1 page=$2 missing=0 found=0
lacks() {
	echo "the manual page lacks $1" >&2
	missing=$((missing + 1))
}
for option in $("$sim" --help | sed -n 's/^  --\([a-z-]*\).*/\1/p'); do
	found=$((found + 1))
	grep -q -- "\\\\-$option" "$page" || lacks "--$option"
done
words=$(printf 'help\nfault wobble\nquit\n' | "$sim" --tcp 127.0.0.1:0 | sed -n 's/^ok //; s/^error: fault is one of: //; /^ready/!p' |
	tr ';,' '\n\n' | sed 's/^ *//; s/ .*//' | grep -E '^[a-z]{3,}$' | grep -vxE 'none|bye')
for word in $words; do
	found=$((found + 1))
	grep -qE "^\.(It )?Cm $word\>" "$page" || lacks "$word"
done
[ $found -ge 55 ] || lacks "enough to compare: $found words"
[ $missing = 0 ]
