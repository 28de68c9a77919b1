"""Pandera: schemas as YAML, JSON and Python."""
