"""What proves the numbers in the text of *Sign methods*; run with its cells, see `book.said`."""

# %% sign-live
bowl = fo.LANDSCAPES["quadratic"]
signsgd, lion = (fo.minimize(bowl, o, steps=100, lr=0.09).points for o in (fo.SignSGD, fo.Lion))
assert np.allclose(abs(np.diff(signsgd[:14], axis=0)), 0.09) and 0 < signsgd[13, 1] < 0.09 > -signsgd[14, 1] > 0
assert np.allclose(lion[:14], signsgd[:14], atol=0.003)
assert lion[20:40, 0].max() > 0.5 and abs(lion[-1, 0]) < 0.1
assert all(abs(np.diff(path[-20:], axis=0)).min() > 0.089 for path in (signsgd, lion))


# %% sign-balls
for loss, slopes, eta in runs.values():  # descent wherever it is promised
    assert (np.diff(loss)[(slopes > 21 * eta / 2)[:-1]] < 0).all()
ends = {name: loss[-100:].max() for name, (loss, *_) in runs.items()}
assert ends["with the factor"] < 1e-12
for eta in (0.07, 0.007):
    assert 21 * eta**2 / 20 < ends[f"η = {eta}"] <= 21 * eta**2 / 2


# %% the-noise-floor
for eta in (0.1, 0.01):
    assert abs(lab.floor(eta) / (np.sqrt(np.pi / 8) * eta) - 1) < 0.04
assert lab.floor(lambda t: 0.1 / t**0.5) < 0.05 * np.sqrt(np.pi / 8) * 0.1
rng, p = np.random.default_rng(0), np.zeros(1000)
opt = fo.SWA(fo.SignSGD(p, lr=0.1), start=100)
for _ in range(1500):
    opt.step(p + rng.normal(size=1000))
assert (p**2).mean() > 0.06 > 0.002 > (opt.average**2).mean()


# %% sign-length
assert np.allclose(way["adam"], 1 / np.sqrt(1 + ratios**2), atol=0.02)
assert abs(way["adam"] - way["signsgd"]).max() < 0.12
assert (way["lion"] - way["signum"]).min() > -0.01


# %% lion
beta2 = derive.recursion(fo.Lion, "m")[0]
assert sp.simplify(earlier - beta1 * (1 - beta2) * beta2 ** (k - 1)) == 0
assert np.isclose(float(earlier.subs(k, 1).subs({beta1: 0.9, beta2: 0.99})), 0.009)


# %% swing
assert ends["Lion"] < 1.5 < ends["Signum 0.9"] < 2.5 < 4 < ends["Signum 0.99"]


# %% bound
p = walk("lion", lambda p: p - (0.5, 10), 3000, start=(-3, 0), lr=0.01, weight_decay=1)[-1]
assert abs(p[0] - 0.5) < 0.02 and 0.999 < p[1] <= 1


# %% sophia
assert abs(ends["quadratic"]).max() < 1e-6
assert abs(ends["saddle"][0]) < 1e-6 and ends["saddle"][1] > 4


# %% rprop-and-why-it-needs-full-batches
q = (1 + np.sqrt(1 - 4 / (3 + np.log(2) / np.log(1.2)))) / 2
assert round(q, 2) == 0.82 and round(3 + np.log(2) / np.log(1.2), 2) == 6.80
assert np.isclose(np.exp(lab.rprop_growth(0.5)), 0.84, atol=0.005)


for q in (0.5, 0.75, 0.82, 0.9):
    w = q * (1 - q)
    derived = ((1 / w - 3) * np.log(1.2) - np.log(2)) / (1 + q / (1 - q) + (1 - q) / q)
    assert abs(lab.rprop_growth(q) - derived) < 0.003


# %% sign-rprop
assert last[0] > 50 * max(last[1:])
assert losses[0] < 0.003 and 2.5 < losses[1] < 3.5 and 20 < losses[2] < 30


# %% pros-and-cons
seen = claims.CLAIMS["sign.lion_as_adamw"].stored.values
assert -2.5 < seen["lion"]["ahead"] < -1.5 and seen["signum"]["low"] > -0.1 and seen["signum"]["high"] < 0.8
ratio = claims.CLAIMS["sign.lion_smaller_rate"].stored.values
assert 3 < ratio["network"] <= 10 < ratio["softmax"] < 20


# %% normal
from statistics import NormalDist

assert round(NormalDist().inv_cdf((1 + np.sqrt(1 - 4 / (3 + np.log(2) / np.log(1.2)))) / 2), 2) == 0.92
