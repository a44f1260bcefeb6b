#!/bin/sh
# Install the whole lock, byte for byte, and nothing that it does not name.
set -eu

python -m pip install --require-hashes --only-binary :all: \
	-r requirements.txt
