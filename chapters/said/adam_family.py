"""What proves the numbers in the text of *The Adam family*; run with its cells, see `book.said`."""

# %% opening
furthest = {name: path.points[:, 0].max() for name, path in figure.trajectories.items()}
assert min(furthest, key=furthest.get) == "NAdam" and round(furthest["NAdam"], 2) == 0.13
assert max(furthest, key=furthest.get) == "AdaBelief" and round(furthest["AdaBelief"], 2) == 0.66
constant = fo.minimize(fo.LANDSCAPES["quadratic"], fo.NAdamConstant, steps=100, lr=0.2).points[:, 0].max()
assert round(furthest["Adam"], 2) == 0.55 and round(constant, 2) == 0.43


# %% yogi-slow-to-forget
assert round(float(lengths["adam"][-1]), 1) == 0.2 and round(float(lengths["yogi"][-1]), 2) == 0.01
at = np.array([4000, 9000])  # where the step is 0.1 / sqrt(v_hat): two values of v, and the steps from the last to 0.01
early, late = (0.1 / lengths["yogi"][at - 1]) ** 2 * (1 - 0.999**at)
assert abs((late - 0.1**2) / ((early - late) / 5000) / 1e7 - 1) < 0.01


# %% adopt-the-order-of-things
assert ages == [9, 9999] and round(float(filled), 3) == 0.02
assert first == 6 and [round(x, 3) for x in at.values()] == [0.026, 0.215, 0.645, 0.828]
adam, plain, clipped, later, longer = ends.values()
assert (adam[:3] > 0.5).all() and adam[3] < -0.5 and (plain < -0.5).all() and (longer < -0.7).all()
assert (clipped[:2] > 0.3).all() and (clipped[2:] < -0.5).all()
assert (later[:2] < 0).all()
assert round(4_999**0.25, 1) == 8.4 and 9_999**0.25 < 10 == 10_000**0.25


# %% all-on-the-digits
from firstorder.lab.evidence import lower_by

gain = {key: lower_by(losses, reached["adam"]) for key, losses in reached.items() if key != "adam"}
assert [key for key, found in gain.items() if found["low"] > 0] == ["adan", "qhadam"]
assert sorted(key for key, found in gain.items() if found["high"] < 0) == ["adamax", "adopt", "radam", "yogi"]
assert gain["adan"]["ahead"] > 0.35 and gain["qhadam"]["ahead"] > 0.45
assert all(found["smallest"] > 0.09 for found in gain.values())
assert 0.945 < min(found["accuracy"]) and max(found["accuracy"]) < 0.975
assert sum(0.03 < rate < 0.06 for rate in found["rates"]) == 10


# %% divides
assert [round(float(rho(t, 0.99)), 2) for t in (5, 6)] == [4.96, 5.94]
assert abs(2 / (1 - 2 / 3) - 1 - 5) < 1e-12


# %% adabelief
assert abs(steps["adabelief"] / 10.83 - 1) < 0.02
assert round(float(pace(noise, "adabelief")[1000:].mean()), 1) == 0.2
assert round((0.1 / 1.9) ** 0.5, 2) == 0.23
