#!/bin/sh
# Merge a branch into main, if what comes of it passes the tests.
# Usage: sh merge.sh BRANCH, in a bare clone: no files follow main.
set -eu

before=$(git rev-parse main)
tree=$(mktemp -d)
trap 'git worktree remove --force "$tree"' EXIT

git worktree add --quiet --detach "$tree" "$before"
git -C "$tree" merge --quiet --no-ff --no-edit "$1"
(cd "$tree" && python -m unittest --quiet)
after=$(git -C "$tree" rev-parse HEAD)
git update-ref refs/heads/main "$after" "$before" # unless main has moved
