"""Baselines in the store: the history of metrics, saved summaries and models, and the backtest."""
