#!/bin/sh
# Usage: sh build_dont.sh FOLDER, which gets release.tar.gz
set -eu

git describe --always --dirty >"$1/COMMIT"
tar --exclude=.git -czf "$1/release.tar.gz" . -C "$1" COMMIT
