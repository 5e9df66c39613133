"""What proves the numbers in the text of *Bias correction*; run with its cells, see `book.said`."""

# %% opening
corrected, uncorrected = (path.points for path in figure.trajectories.values())
assert np.allclose(np.abs(corrected[1] - corrected[0]), 0.1)
assert np.allclose(np.abs(uncorrected[1] - uncorrected[0]), 0.3162, atol=1e-4)
assert round(uncorrected[10, 0], 2) == 1.05 and corrected[10, 0] < 0


# %% in-a-network
assert found["with_it"] == [0.03] * 5 and found["without"][3:] == [0.01, 0.003]
with_999, without_999, with_9999, without_9999 = final.values()
tuned = [with_999[3], without_999[2], with_9999[3], without_9999[1]]
assert np.allclose(tuned, [0.076, 0.057, 0.075, 0.058], atol=6e-4)
assert np.allclose([without_999[3], without_9999[3]], [0.29, 2.24], atol=0.005)
assert np.abs(np.log(np.divide(with_9999, with_999)))[:4].max() < 0.01


# %% common-mistakes
resumed = [ends(counters["lost after 10,000"], steps=10_000 + n)[1] for n in (1, 12, 1660)]
assert resumed == [0.316, 0.152, 0.9] and k[c < 0.9][-1] + 1 == 1660


# %% another-start
variances = [x[99].var() for x in (v_hat, started)]
assert np.allclose(variances, (gradients**2).var() / np.array(N), rtol=0.1)


# %% rmsprop
p = np.zeros(1)
fo.RMSProp(p, lr=1.0).step(np.array([0.3]))
assert np.isclose(p, -10)


# %% forgetting
before = np.full((10_000, 2), [100, 0.01])
after = averages(np.sqrt(np.concatenate([before, np.ones((5000, 2))])))[1][10_000:]
reached = 1 + ((after < 2) & (after > 0.5)).argmax(axis=0)
assert list(reached) == [4593, 683]


# %% hidden-schedule
assert [found[name]["high"] < 0 for name in ("constant", "cosine")] == [True, False]


# %% short-memory
r = (1 - 0.9**k) / np.sqrt(1 - 0.95**k)
assert round(r[0], 3) == 0.447 and round(r.max(), 2) == 1.10
