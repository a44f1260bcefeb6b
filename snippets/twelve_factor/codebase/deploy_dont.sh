#!/bin/sh
# Staging deploys main, production deploys its own branch.
set -eu

git switch --quiet production
git merge --quiet --no-edit main
git archive --output="$1/release.tar.gz" production
