"""Shared values: the model, errors, text, SQL quoting, YAML with line marks, statistics."""
