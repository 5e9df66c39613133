"""What proves the numbers in the text of *No learning rate*; run with its cells, see `book.said`."""

# %% free-estimates
firsts = (1e-8, 1e-6, 1e-4, 1e-2)
ends = {key: [estimates(key, d0=d0, steps=60)[0][-1] for d0 in firsts] for key in ("dadapt_sgd", "prodigy")}
assert 2.5 < min(ends["dadapt_sgd"]) and max(ends["dadapt_sgd"]) < 4
assert 0.08 < min(ends["prodigy"]) and max(ends["prodigy"]) < 0.2


# %% the-right-rate
losses = [mean_loss(guess)[0] for guess in (0.01, 0.1, 1, 10, 100)]
assert min(losses[0], losses[-1]) > 20 * losses[2] and 0.75 < losses[3] / losses[2] < 1
assert np.isclose(mean_loss(10)[1] / mean_loss(1)[1], 5.05)


# %% d-adaptation
assert np.isclose(d[-1] / d[-2], 3**0.5, rtol=1e-4)
found = {}
for momentum in (0.9, 0):
    p = problem.start.copy()
    opt = fo.DAdaptSGD(p, momentum=momentum)
    for _ in range(400):
        opt.step(problem.gradient(p))
    found[momentum] = float(opt.state["d"]) / D  # never lowered, so the largest
assert round(found[0.9], 1) == 3.3 and found[0] < 1


# %% prodigy
last = {key: [run[-1] for run in estimates(key)] for key in ("dadapt_sgd", "dadapt_adam", "prodigy")}
assert [round(float(last[key][0]), 1) for key in last] == [3.3, 0.5, 0.1]
assert last["prodigy"][1] < 0.04 < 0.08 < last["dadapt_adam"][1] < last["dadapt_sgd"][1]


# %% noise
assert G < 1.5
assert noisy[1e-3][0][-1] > 10 and noisy[1e-3][1][-1] > 1000 and noisy[1e-6][1][-1] > 5


# %% on-the-digits
assert seen["low"][2] > -1.5 and np.ptp(np.log10(seen["rates"])) > 0.7
assert seen["range"][0] < 20 < 97 < seen["range"][1] and seen["dadapt_sgd"][2] < seen["adam"][2] - 5


# %% pros-and-cons
bound = claims.CLAIMS["parameter_free.below_the_distance"].stored.values
assert round(bound["dadapt_sgd"]) == round(bound["dadapt_adam"]) == 5 and bound["prodigy"] < 1
outlier = claims.CLAIMS["parameter_free.first_outlier"].stored.values
lost = {key: sum(accuracy < 60 for accuracy in outlier[key]) for key in ("dadapt_sgd", "dadapt_adam", "prodigy")}
assert list(lost.values()) == [2, 2, 1]


# %% prodigys-growth
q = sp.Symbol("q", positive=True)
u = sp.Rational(1, 10) / (1 - 0.9 / q) * sp.sqrt((1 - 0.999 / q**2) / 0.001)
solved = float(sp.nsolve(u / (q - 1) * (1 - q**-2) / (1 - q**-3) - q, q, 2.5))
opt, d = fo.Prodigy(np.zeros(1), d0=1e-12), []
for _ in range(25):
    opt.step(np.ones(1))
    d.append(float(opt.state["d"]))
assert abs(d[-1] / d[-2] - solved) < 0.01 and round(solved, 2) == 2.57
