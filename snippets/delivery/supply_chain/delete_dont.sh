#!/bin/sh
# Take a key back that was committed by mistake.
# Usage: sh delete_dont.sh FILE
set -eu

git rm --quiet "$1"
git commit --quiet --message "Remove the key"
