"""What makes the book beside its Sphinx extensions: its paired notebooks, where it lies, how it is cited."""
