"""dbt: the tests and sources of a project, as YAML and as manifest."""
