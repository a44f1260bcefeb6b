#!/usr/bin/env bash
# Serve a release that is on this machine: ./release.sh NUMBER
set -euo pipefail

KEEP=1 # the disk was full once

if [[ ! -d releases/$1 ]]; then
	echo "no release $1" >&2
	exit 1
fi
ln --symbolic "releases/$1" next
mv --no-target-directory next current # at once, for every reader
echo "release $1 serves"
find releases -mindepth 1 -maxdepth 1 | sort --version-sort |
	head --lines="-$KEEP" | { grep --invert-match "/$1$" || true; } |
	xargs --no-run-if-empty rm --recursive
