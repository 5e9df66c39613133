"""What proves the numbers in the text of *Around the optimizer*; run with its cells, see `book.said`."""

# %% around-opening
floor = 0.4 / (2 * (2 - 0.4))
level = {name: loss[-100:].mean() for name, loss in losses.items()}
assert np.isclose(level["SGD alone"], floor, rtol=0.02) and round(floor, 3) == 0.125
assert np.isclose(level["Lookahead"], floor * lookahead_variance(0.4, 5, 0.5), rtol=0.05)
assert np.isclose(level["EMA"], floor * ema_variance(0.4, 0.98), rtol=0.1)
last = {name: loss[-1] for name, loss in losses.items()}
assert 0.001 < last["SWA"] < 0.002 and round(last["cosine schedule"], 4) == 0.0056
assert 75 < last["SGD alone"] / last["SWA"] < 95


# %% warm-up
assert cold.argmin() == warm.argmin() == 2 and abs(cold.min() - warm.min()) < 0.01
assert cold[-1] > 2.2 and warm[-1] < 1


# %% around-heavy
least = {name: loss.min() for name, loss in by_rate.items()}
assert 0.3 < least["heavy tails"] < 0.35 and round(least["heavy tails, clipped"], 3) == 0.008
assert max(least["normal noise"], least["normal noise, clipped"]) < 0.006
assert 35 < least["heavy tails"] / least["heavy tails, clipped"] < 45
medians = [np.median(heavy(bound), axis=1).min() for bound in (None, 1.0)]
assert 6.5 < medians[0] / medians[1] < 7.5


# %% a-cliff
w, b = np.meshgrid(np.linspace(4, 7, 61), np.linspace(-4, -1.5, 61))
lengths = np.linalg.norm(recurrent(np.stack([w.ravel(), b.ravel()], axis=-1))[1], axis=-1)
assert lengths.max() > 1000 * np.median(lengths)
assert walks["SGD"][:, 1].max() > -1.4 and walks["SGD, clipped to 0.1"][:, 1].max() < -1.4
assert np.linalg.norm(np.diff(walks["SGD, clipped to 0.1"], axis=0), axis=1).max() <= 0.3


# %% averages
short, long = ({n: run.least for n, run in averaged_or_falling(s).items()} for s in (60, 300))
assert short["cosine"] < short["constant"] < short["averaged"]
assert long["averaged"] < long["cosine"] < long["constant"]


# %% around-sam
curvature = {name: (path.points[-20:] ** 2).sum(axis=1).mean() for name, path in slides.items()}
assert curvature["SGD"] > 10 and 1.8 < curvature["SAM, ρ = 0.2"] < 2.1
away = ends(0.5)
assert ((0.4 < away) & (away < 0.6)).sum() == 8
assert all((ends(rho) < 0).sum() == 10 for rho in (0.0, 0.05, 0.2))


# %% putting-them-together
assert plain.diverged == 6 and clipped.diverged is None and 5 < clipped.values[-1] < 6 < clipped.values[0]
