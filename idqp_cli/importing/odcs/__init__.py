"""Data contracts: ODCS 2 and 3, and the Data Contract Specification."""
