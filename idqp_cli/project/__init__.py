"""rules.yaml as values: reads it, refuses mistakes with line and column, and describes it for people and editors."""
