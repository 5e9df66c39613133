"""What proves the numbers in the text of *Sign methods*; run with its cells, see `book.said`."""

# %% sign-live
bowl = fo.LANDSCAPES["quadratic"]
signsgd, lion = (fo.minimize(bowl, o, steps=100, lr=0.09).points for o in (fo.SignSGD, fo.Lion))
assert np.allclose(abs(np.diff(signsgd[:14], axis=0)), 0.09) and 0 < signsgd[13, 1] < 0.09 > -signsgd[14, 1] > 0
assert np.allclose(lion[:14], signsgd[:14], atol=0.003)
assert lion[20:40, 0].max() > 0.5 and abs(lion[-1, 0]) < 0.1
assert all(abs(np.diff(path[-20:], axis=0)).min() > 0.089 for path in (signsgd, lion))


# %% sign-balls
assert ends["with the factor"] < 1e-12
for eta in (0.07, 0.007):
    assert 21 * eta**2 / 20 < ends[f"η = {eta}"] <= 21 * eta**2 / 2


# %% the-noise-floor
rng, p = np.random.default_rng(0), np.zeros(1000)
opt = fo.SWA(fo.SignSGD(p, lr=0.1), start=100)
for _ in range(1500):
    opt.step(p + rng.normal(size=1000))
assert (p**2).mean() > 0.06 > 0.002 > (opt.average**2).mean()


# %% sign-length
assert np.allclose(way["adam"], 1 / np.sqrt(1 + ratios**2), atol=0.02)
assert abs(way["adam"] - way["signsgd"]).max() < 0.12
assert (way["lion"] - way["signum"]).min() > -0.01


# %% rprop-and-why-it-needs-full-batches
q = (1 + np.sqrt(1 - 4 / (3 + np.log(2) / np.log(1.2)))) / 2
assert round(q, 2) == 0.82 and round(3 + np.log(2) / np.log(1.2), 2) == 6.80
assert np.isclose(np.exp(lab.rprop_growth(0.5)), 0.84, atol=0.005)


# %% pros-and-cons
seen = claims.CLAIMS["sign.lion_as_adamw"].stored.values
assert -2.5 < seen["lion"]["ahead"] < -1.5 and seen["signum"]["low"] > -0.1 and seen["signum"]["high"] < 0.8
ratio = claims.CLAIMS["sign.lion_smaller_rate"].stored.values
assert 3 < ratio["network"] <= 10 < ratio["softmax"] < 20
