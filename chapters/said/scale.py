"""What proves the numbers in the text of *Scaling up*; run with its cells, see `book.said`."""

# %% scale-signals
for name, (forward, back) in signals.items():
    he = signals["c = 1"]
    assert np.allclose(forward / he[0], factors[name] ** np.arange(11))
    assert np.allclose(back / he[1], factors[name] ** np.arange(9, -1, -1))
assert 0.2 < he[0][-1] < he[0][0] < 0.5 and round(signals["c = 2"][0][-1]) == 246


# %% scale-starts
assert np.allclose(ends["sgd"], [2.302, 2.27, 0.69, 2.82], atol=0.01)
assert np.allclose(ends["adam"], [1.76, 1.15, 0.24, 1.53], atol=0.01)


# %% scale-moves
last = {name: each[-1] / each[-2] for name, each in moves.items()}
assert np.allclose(last["standard"], [1, 1.85, 2.3], atol=0.05) and (last["µP"] < 1.01).all()


# %% scale-sgd
bottoms = {(key, kind, width): 2.0**each.best for key in ("adam", "sgd")
           for kind, found in scale.valleys(key).items() for width, each in found.items()}
falling = [bottoms["adam", "standard", w] for w in (32, 128, 512, 1024)]
assert np.allclose(falling, [0.044, 0.026, 0.013, 0.010], atol=6e-4)
assert np.isclose(bottoms["adam", "µP", 512], 0.081, atol=1e-3)
assert np.allclose([bottoms["sgd", "standard", w] for w in (32, 512)], [0.53, 1.0], atol=0.01)
narrow, wide = (scale.squared("sgd", w) for w in (32, 512))
assert np.isinf(wide.losses[wide.powers == -3]).all()
assert np.isclose(narrow.mean[narrow.powers == -3], narrow.mean.min())
fall = stored("squared_rate")["ahead"]
assert 0.31 < 2**-fall < 0.35 and round(fall / 4, 1) == 0.4
