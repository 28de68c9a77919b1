"""Anomaly detection: arrays and values in, scores and verdicts out. No I/O."""
