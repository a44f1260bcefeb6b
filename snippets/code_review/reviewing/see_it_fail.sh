#!/bin/sh
# See the tests of this branch fail without its change.
# Usage: sh see_it_fail.sh FOLDER COMMAND...
#   FOLDER  the code under test, and no tests
#   COMMAND what runs the tests
set -eu

folder=$1
shift
before=$(git merge-base origin/main HEAD)
tree=$(mktemp -d)
trap 'git worktree remove --force "$tree"' EXIT
trap 'exit 130' INT TERM # or dash leaves the worktree there

git worktree add --quiet --detach "$tree" HEAD
git -C "$tree" restore --source="$before" "$folder"
if (cd "$tree" && "$@"); then
	echo "passes without the change: what does it test?"
	exit 1
fi
echo "fails without the change: read above why"
