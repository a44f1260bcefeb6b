#!/bin/sh
pg_dump "$DATABASE_URL" | gzip >"$1" &&
	test -s "$1" && echo "backup: fine"
