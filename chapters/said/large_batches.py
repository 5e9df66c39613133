"""What proves the numbers in the text of *Large batches*; run with its cells, see `book.said`."""

# %% large-trade
critical = least_examples / least_steps
assert [round(steps[B]) for B in (8, 32, 1344)] == [133, 52, 24] and steps[1344] < steps[8] / 5
assert 5_250 < 192 * steps[192] < 5_350 and 31_000 < 1344 * steps[1344] < 33_000
fitted = {B: least_steps + least_examples / B for B in steps}
assert all(abs(fitted[B] / steps[B] - 1) < 0.06 for B in steps)
strays = [sd / mean for sd, mean in zip(trade["spread"][:4], trade["steps"])]
assert 0.08 < min(strays) < 0.095 and 0.145 < max(strays) < 0.155
assert 0.015 < min(strays) / 20**0.5 and max(strays) / 20**0.5 < 0.035
assert 35 < critical < 45


# %% the-noise-scale-measured
middle = np.exp(np.mean(np.log(list(scales.values()))))
assert round(scales[1]) == 8 and 110 < scales[0.2] < 200 and round(scales[2.3]) == 72
assert 0.5 < middle / critical < 2
squares = {loss: sum((g**2).sum() for g in problem.gradient(at(loss)).values()) for loss in scales}
noise = {loss: scales[loss] * squares[loss] for loss in scales}
assert max(squares, key=squares.get) == 1
assert 90 < squares[1] / squares[0.2] < 100 and 4 < noise[1] / noise[0.2] < 5
assert round(least_steps) == 23 and 865 < least_examples < 875 and round(critical) == 38


# %% one-rate-per-layer
matrices = [ratio for name, ratio in ratios.items() if name.startswith("W")]
assert round(max(matrices) / min(matrices), 1) == 1.8
assert round(max(ratios.values()) / min(ratios.values())) == 17


# %% pros-and-cons
found = {made.key.split(".")[1]: made.stored.values
         for made in claims.CLAIMS.values() if made.chapter == "large_batches"}
lamb, lars = found["lamb"], found["lars"]
assert lamb["accuracy"][0] - lamb["accuracy"][2] > 8 and lars["accuracy"][0] - lars["accuracy"][2] > 10
assert lamb["at_336"]["high"] < 0 and lamb["at_1344"]["high"] < 2 and lars["at_1344"]["low"] > 0
assert lars["at_336"]["low"] < 0 < lars["at_336"]["high"]
assert found["linear_scaling"]["B192"] > 1.9 > found["linear_scaling"]["B64"] > 1.75
