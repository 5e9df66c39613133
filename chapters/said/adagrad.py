"""What proves the numbers in the text of *AdaGrad*; run with its cells, see `book.said`."""

# %% in-training
from firstorder.lab.adaptive import rates_in_training

medians, fitted = rates_in_training(1000)
assert 0.65 < medians[999] / medians[9] < 0.72 and fitted < 0.05
