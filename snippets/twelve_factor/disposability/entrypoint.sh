#!/bin/sh
# Prepare, then become the program.
set -eu
umask 027
exec "$@"
