"""Reading: turns a path into a DuckDB relation, and lists every cell that did not parse."""
