#!/bin/sh
# Build the commit that is checked out, and nothing that lies beside it.
# Usage: sh build.sh FOLDER, which gets release.tar.gz
set -eu

out=$(cd "$1" && pwd)
cd "$(git rev-parse --show-toplevel)"
if [ -n "$(git status --porcelain)" ]; then
	echo "not built: these are in no commit"
	git status --porcelain
	exit 1
fi
commit=$(git rev-parse HEAD)
git -c core.autocrlf=false archive --add-virtual-file="COMMIT:$commit" \
	--output="$out/release.tar.gz" "$commit"
