"""Streams: reads a topic in batches, has each judged as a run, and records how far it came in the run's transaction."""
