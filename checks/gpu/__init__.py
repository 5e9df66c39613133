"""What needs a GPU: `make gpu`, from a bare checkout, installing nothing."""
