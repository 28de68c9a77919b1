"""Anomaly detection as computation: arrays and values in, scores and verdicts out; nothing here reads or writes."""
