#!/bin/sh
pg_basebackup --checkpoint=fast --write-recovery-conf --pgdata="$1"
