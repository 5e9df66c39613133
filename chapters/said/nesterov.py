"""What proves the numbers in the text of *Nesterov*; run with its cells, see `book.said`."""

# %% the-bound
assert bound.equals(2 * (1 + mu) / (1 + 2 * mu)) and round(float(bound.subs(mu, 0.9)), 2) == 1.36
at_one = matrix.subs(lr, 1 / h)
assert at_one[0, 0].equals(-mu) and sp.simplify(at_one**2).is_zero_matrix
