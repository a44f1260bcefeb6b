#!/bin/sh
pg_basebackup --checkpoint=fast --pgdata="$1"
