"""The version of Soku. `pyproject.toml` has the same one."""

VERSION = "0.2.0"
