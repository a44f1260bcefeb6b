#!/bin/sh
# Prepare, then start the program, and wait for it.
set -eu
umask 027
"$@"
