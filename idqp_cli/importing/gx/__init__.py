"""Great Expectations: suites as JSON, YAML and Python."""
