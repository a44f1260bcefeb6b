"""What a restore must bring back, as names and values."""

from typing import Any

from psycopg import Connection, sql

OBJECTS = """
SELECT 'constraint ' || conrelid::regclass || '.' || conname,
    pg_get_constraintdef(oid)
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
UNION ALL
SELECT 'index ' || indexname, indexdef
FROM pg_indexes WHERE schemaname = 'public'
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
ROWS = """
SELECT count(*), coalesce(
    sum(('x' || left(md5((t.*)::text), 15))::bit(60)::bigint), 0)
FROM {} AS t
"""
SEQUENCES = """
SELECT objid::regclass::text, refobjid::regclass::text, attname
FROM pg_depend JOIN pg_sequence ON seqrelid = objid
JOIN pg_attribute ON (attrelid, attnum) = (refobjid, refobjsubid)
WHERE deptype IN ('a', 'i')
"""
NEXT = """
SELECT coalesce(max({}) < (SELECT last_value + is_called::int FROM {}),
    true) FROM {}
"""


def inventory(connection: Connection[Any]) -> dict[str, str]:
    """Name everything in the schema `public`, with what it holds.

    Args:
        connection: Whose time zone is UTC, for rows are read as text.

    Returns:
        Constraints and indexes with their definitions, tables with
        their rows and a checksum that no order changes, and whether
        the next value of each sequence is free.
    """
    found = dict[str, str](connection.execute(OBJECTS).fetchall())
    for (table,) in connection.execute(TABLES).fetchall():
        counting = sql.SQL(ROWS).format(sql.Identifier(table))
        [(rows, checksum)] = connection.execute(counting)
        found[f"table {table}"] = f"{rows} rows, checksum {checksum}"
    for names in connection.execute(SEQUENCES).fetchall():
        sequence, table, column = map(sql.Identifier, names)
        asking = sql.SQL(NEXT).format(column, sequence, table)
        [(free,)] = connection.execute(asking)
        found[f"sequence {names[0]}"] = "free" if free else "taken"
    return found
