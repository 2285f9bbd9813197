# Shared by the scripts beside it; sourced, after `set -eu`.  Leaves the shell in the top directory of the project.
# shellcheck shell=sh

top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$top"

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "$0: $*"
	exit 1
}

# packages_missing GROUP...: the packages of scripts/packages.txt that are not there, one a line.
packages_missing() {
	for group in "$@"; do
		awk -v group="$group" '$1 == group { print $2, $3 }' scripts/packages.txt
	done | sort -u | while read -r package command; do
		case $(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null) in
		ii*) continue ;;
		esac
		if [ -n "$command" ] && PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null 2>&1; then
			continue
		fi
		printf '%s\n' "$package"
	done
}

# packages_install GROUP...: installs what is missing, as root or through sudo.
packages_install() {
	command -v dpkg-query >/dev/null 2>&1 || die "this is not a Debian system: install what scripts/packages.txt lists, then run scripts/build"
	missing=$(packages_missing "$@" | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	say "installing: $missing"
	become=
	if [ "$(id -u)" -ne 0 ]; then
		if command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
			become=sudo
		else
			die "packages are missing and you are neither root nor can use sudo.  As root, run:
    apt-get install --no-install-recommends $missing"
		fi
	fi
	install="env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing"
	# shellcheck disable=SC2086
	$become $install >&2 || { $become apt-get update -q >&2 && $become $install >&2; } ||
		die "apt-get could not install: $missing"
}

# npm_clients: the clients of tests/node, exactly those of the lock file; again only when it has changed.
npm_clients() {
	[ tests/node/node_modules/.package-lock.json -nt tests/node/package-lock.json ] && return 0
	say "installing the npm clients"
	npm --prefix tests/node ci --no-audit --no-fund --ignore-scripts --loglevel=error >&2 ||
		die "npm could not install the clients of tests/node: is its registry reachable?"
}
