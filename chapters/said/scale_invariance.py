"""What proves the numbers in the text of *Scale invariance*; run with its cells, see `book.said`."""

# %% weight-decay-sets-the-rate
last = np.array([run.length[-1] for run in held.values()])
assert np.allclose(last, 1.70, atol=0.02)
assert np.isclose(equilibrium(list(held.values()), 0.05)[540], 1.7, atol=0.06)
angles = [np.sqrt((run.angle[-200:] ** 2).mean()) for run in held.values()]
assert np.allclose(angles, np.sqrt(2 * 0.1 * 0.05), rtol=0.07)
lost = [np.sqrt((run.angle[-200:] ** 2).mean()) for run in free.values()]
assert round(lost[0] / lost[2]) == 8
grown = [(run.length[0], run.length[-1]) for run in free.values()]
assert np.allclose(grown, [(1.65, 2.93), (5.50, 5.70), (11.01, 11.05)], atol=0.01)


# %% pros-and-cons
scale = claims.CLAIMS["scale_invariance.initial_scale"].stored.values
assert round(scale["with_it"][1], 2) == 0.06 and round(scale["with_it"][2], 2) == 0.25 and min(scale["with_it"]) < 0.07
assert scale["with_it"][3] / scale["with_it"][1] > 15 and scale["with_it"][4] < 1.2
assert min(scale["without"][0], scale["without"][4]) > 2.29


# %% lars-from-any-length
from firstorder.minimize import batches


def losses(gain, steps=30):
    params = model.start()
    weights = {"W1": gain * params.pop("W1")}
    inner = fo.LARS(weights, lr=0.05, trust_coefficient=1)
    outer, drawn, found = fo.SGD(params, lr=0.1), batches(1344, 64, seed=0), []
    for _ in range(steps):
        batch = next(drawn)
        found.append(model.value(weights | params, batch))
        grads = model.gradient(weights | params, batch)
        inner.step({"W1": grads.pop("W1")})
        outer.step(grads)
    return found

assert np.allclose(losses(1), losses(1000), rtol=1e-8) and losses(1)[-1] < losses(1)[0] / 2
