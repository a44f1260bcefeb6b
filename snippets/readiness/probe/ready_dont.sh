#!/bin/sh
curl --fail --silent --output /dev/null "$1/health" && echo "ready"
