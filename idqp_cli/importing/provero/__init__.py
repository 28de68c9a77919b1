"""Provero: suites and contracts."""
