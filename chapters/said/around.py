"""What proves the numbers in the text of *Around the optimizer*; run with its cells, see `book.said`."""

# %% around-opening
floor = 0.4 / (2 * (2 - 0.4))
level = {name: loss[-100:].mean() for name, loss in losses.items()}
assert np.isclose(level["SGD alone"], floor, rtol=0.02) and round(floor, 3) == 0.125
assert np.isclose(level["Lookahead"], floor * lab.lookahead_variance(0.4, 5, 0.5), rtol=0.05)
assert np.isclose(level["EMA"], floor * lab.ema_variance(0.4, 0.98), rtol=0.1)
last = {name: loss[-1] for name, loss in losses.items()}
assert 0.001 < last["SWA"] < 0.002 and round(last["cosine schedule"], 4) == 0.0056
assert 75 < last["SGD alone"] / last["SWA"] < 95


# %% warm-up
means = cold.mean(axis=1), warm.mean(axis=1)
assert means[0].argmin() == means[1].argmin() == 2 and lab.RATES["adam"][2] == 0.01
assert np.allclose(gap(warm[2], cold[2]), (0.002, 0.002), atol=6e-4)
assert all(np.subtract(*gap(warm[at], cold[at])) > 0 for at in (0, 1))
assert round(means[0][-1], 1) == 2.1 and round(means[1][-1], 2) == 0.77
assert (cold[-1] > 2.3).sum() == 11 and warm[-1].max() < 1.5


# %% around-heavy
least = {name: loss.min() for name, loss in by_rate.items()}
assert 0.3 < least["heavy tails"] < 0.35 and round(least["heavy tails, clipped"], 3) == 0.008
assert max(least["normal noise"], least["normal noise, clipped"]) < 0.006
assert 35 < least["heavy tails"] / least["heavy tails, clipped"] < 45
medians = [np.median(lab.heavy(bound), axis=1).min() for bound in (None, 1.0)]
assert 6.5 < medians[0] / medians[1] < 7.5


# %% a-cliff
w, b = np.meshgrid(np.linspace(4, 7, 61), np.linspace(-4, -1.5, 61))
lengths = np.linalg.norm(lab.recurrent(np.stack([w.ravel(), b.ravel()], axis=-1))[1], axis=-1)
assert lengths.max() > 1000 * np.median(lengths)
assert walks["SGD"][:, 1].max() > -1.4 and walks["SGD, clipped to 0.1"][:, 1].max() < -1.4
assert np.linalg.norm(np.diff(walks["SGD, clipped to 0.1"], axis=0), axis=1).max() <= 0.3


# %% averages
short, long = stored("surrounded")["averages"].values()
assert short["cosine"] < short["constant"] < short["averaged"]
assert long["averaged"] < long["cosine"] < long["constant"]


# %% around-sam
curvature = {name: (path.points[-20:] ** 2).sum(axis=1).mean() for name, path in slides.items()}
assert curvature["SGD"] > 10 and 1.8 < curvature["SAM, ρ = 0.2"] < 2.1
away = lab.ends(0.5)
assert ((0.4 < away) & (away < 0.6)).sum() == 8
assert all((lab.ends(rho) < 0).sum() == 10 for rho in (0.0, 0.05, 0.2))


# %% putting-them-together
assert plain.diverged == 6 and clipped.diverged is None and 5 < clipped.values[-1] < 6 < clipped.values[0]


# %% slow-weights
import sympy as sp

from firstorder import derive

h, alpha, W, V = sp.symbols("h alpha W V", positive=True)
a = derive.iteration_matrix(fo.SGD, h)[0]
slow = 1 - alpha + alpha * a**5
settled = sp.solve(sp.Eq(W, slow**2 * W + alpha**2 * (1 - a**10) * V), W)[0]
let_in = alpha**2 * (1 - a**10)
derived = let_in / (let_in + 2 * alpha * (1 - alpha) * (1 - a**5)) * V
assert sp.simplify(settled - derived) == 0


# %% small-rates
x, k, q = sp.symbols("x k q", positive=True)  # x is ηh, q is α
kept = (1 - x) ** k
let_in = q**2 * (1 - kept**2)
ratio = let_in / (let_in + 2 * q * (1 - q) * (1 - kept))
speed = (1 - q + q * kept) - 1  # what k steps do to the mean
assert sp.limit(ratio, x, 0) == q
assert sp.limit(speed / x, x, 0) == -q * k  # as k steps with the rate αη


# %% moving-average
a, beta, C, D = sp.symbols("a beta C D")  # C: with θ, D: the variance; V = 1
with_theta = sp.solve(sp.Eq(C, beta * a * C + (1 - beta)), C)[0]
after = beta**2 * D + 2 * beta * (1 - beta) * a * with_theta + (1 - beta) ** 2
found = sp.solve(sp.Eq(D, after), D)[0]
derived = (1 - beta) / (1 + beta) * (1 + a * beta) / (1 - a * beta)
assert sp.simplify(found - derived) == 0


# %% clipped-mean
rng, p = np.random.default_rng(0), np.zeros(2000)
opt = fo.ClipValue(fo.SGD(p, lr=0.02), max_value=1.0)
for _ in range(500):
    opt.step(p + np.where(rng.random(2000) < 0.1, 9.0, -1.0))
assert abs(p.mean() - 8 / 9) < 0.02


# %% sam-jumps
# h = 1, η = 0.1, ρ = 0.5
p, path = np.array([2.0]), []
sam = fo.SAM(fo.SGD(p, lr=0.1), rho=0.5)
for _ in range(500):
    sam.perturb(p.copy())
    sam.step(p.copy())
    path.append(p[0])
path, q = np.array(path), 0.1 * 0.5 / 1.9
assert np.isclose(abs(path[-1]), q)
turned = np.argmax(path <= 0.1 * 0.5 / 0.9)  # within the bound: from here on the sign changes
assert (path[:turned] > 0).all() and (np.diff(path[:turned]) <= -0.1 * 0.5).all()
assert (path[turned:-1] * path[turned + 1 :] < 0).all()
away = abs(abs(path[turned:][:50]) - q)
assert np.allclose(away[1:] / away[:-1], 0.9)


# %% lookahead
for case in ((0.1, 5, 0.5), (0.5, 5, 0.5), (0.5, 10, 0.2)):
    assert abs(slow_weights(*case) / lab.lookahead_variance(*case) - 1) < 0.05


# %% two-averages
for lr in (0.1, 0.5):
    _, ema, swa = two_averages(lr)
    assert np.isclose(ema, lr / (2 - lr) * lab.ema_variance(lr, 0.98), rtol=0.1)
    assert np.isclose(swa, 1 / 600, rtol=0.1)


# %% schedule-free
assert round((x**2).mean() / 2, 4) == 0.0065


# %% orders
steps = [10 * np.eye(2)[0] - walk(make, [[3.0, 4.0]], start=(10.0, 0.0))[1] for make in orders.values()]
assert np.allclose(steps[0], [1.6, 0.8]) and np.allclose(steps[1], [0.71, 0.71], atol=0.01)
