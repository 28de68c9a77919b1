"""Pointblank: validations as YAML and Python."""
