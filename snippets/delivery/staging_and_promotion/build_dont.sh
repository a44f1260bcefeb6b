#!/bin/sh
# Build the shop for an environment, with the newest money.
# Usage: sh build_dont.sh ENVIRONMENT
set -eu

git clone --quiet --depth=1 "$MONEY" "$1"
cp shop.py "$1/__main__.py"
python -m zipapp "$1"
