"""Good files; faults.toml says how each is spoilt."""
