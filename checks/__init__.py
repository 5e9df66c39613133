"""What is checked now and then: what needs a GPU, and whether the tests notice mistakes."""
