"""Schemas: compares versions of columns and types, and tells which party a change breaks."""
