"""What every test may lean on."""

pytest_plugins = ["handbook.plugin"]  # named here, so that coverage sees its lines
