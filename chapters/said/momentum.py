"""What proves the numbers in the text of *Momentum*; run with its cells, see `book.said`."""

# %% two-conventions
assert np.allclose(np.diff(outside)[49:52], [0.995, 0.0995, 0.0996], rtol=1e-3)
assert np.allclose(np.diff(inside)[49:52], [0.995, 0.905, 0.825], rtol=1e-3)
assert round(inside[-1] - outside[-1], 1) == 8.0
