"""The stages of a run, and other operations that combine several packages."""
