"""Whether the tests notice mistakes: `make mutants`."""
