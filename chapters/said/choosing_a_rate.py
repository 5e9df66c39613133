"""What proves the numbers in the text of *Choosing a learning rate*; run with its cells, see `book.said`."""

# %% the-range-test
import numpy as np

floors = {}
for key in methods:
    mean = found[key][0].mean(axis=1)
    good = np.log10(choosing.RATES)[mean < 1.5 * mean.min()]
    floors[key] = round(4 * (good.max() - good.min()))
assert floors == {"sgd": 1, "momentum": 4, "adam": 3}
limits = {key: choosing.tested(key).limit / choosing.best(key) for key in methods}
assert 0.8 < limits["sgd"] < 0.95 and 1.8 < limits["momentum"] < 2.2 and 7.5 < limits["adam"] < 8.5
assert choosing.tested("momentum").steepest > 5


# %% choosing-scale
uniform, log = drawn.values()
assert 0.14 < log[4] < 0.17 and uniform[-1] > 0.9 and mean.min() > 0.11
assert (choosing.linear(np.random.default_rng(1).random(10_000)) > 0.3).mean() > 0.89


# %% how-many-trials-and-how-long
ratio, cost = [], []
for key in methods:
    for seed in range(choosing.SEEDS):
        left, steps = choosing.halved(choosing.valley(key)[:, seed])
        ratio.append(choosing.valley(key)[left, seed, -1] / choosing.valley(key)[:, seed, -1].min())
        cost.append(steps / whole)
assert max(ratio) < 1.15 and sum(one == 1 for one in ratio) == 7 and 0.33 < min(cost) == max(cost) < 0.35
early = [choosing.best("adam", look) for look in (0, -1)]
assert early[0] > 3 * early[1]
