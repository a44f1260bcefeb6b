"""How long each flag may live, switches of operations for less long."""

LONGEST = {  # days that a flag of a type may still have
    "release": 90,
    "experiment": 90,
    "ops": 180,
    "permission": 365,
}
