"""What proves the numbers in the text of *Convergence*; run with its cells, see `book.said`."""

# %% why-adam-walks-the-wrong-way
drift = -C / sp.sqrt(v1) + 1 / sp.sqrt(v2) + 1 / sp.sqrt(v3)
for value in (2.5, 3, 10, 100):
    at = drift.subs({C: value, beta2: 1 / (1 + value**2)})
    assert at > 0.49 and np.isclose(float(at), Reddi(value).drift(1 / (1 + value**2)))
assert 1 / np.sqrt(2) > 0.70 and 1 / np.sqrt(1.2) > 0.91 and np.sqrt(1 + 1 / 4) < 1.12
assert round(float(drift.subs({C: 3, beta2: sp.Rational(1, 10)})), 2) == 0.68
ratio = 3 / np.sqrt(float(v3.subs({C: 3, beta2: sp.Rational(1, 10)})))  # ADOPT's, clipped at steps 1, 4, ..., 70
assert 2.89 < ratio < 2.9 and 69**0.25 < ratio < 72**0.25


# %% the-run
assert paths["adam"][-1] > 0.9 and drawn["adam"][-1] > 0.9
assert all(max(paths[key][-1], drawn[key][-1]) < -0.75 for key in four[1:])


# %% near-the-optimum
assert all(abs(floor[lr] / (lr / 2) ** 0.5 - 1) < 0.1 for lr in floor) and falling < 0.04
x, lr, beta1, h = sp.symbols("x lr beta1 h", positive=True)
m = sp.Symbol("m")
m_next = beta1 * m + (1 - beta1) * h * x
step = sp.Matrix([x - lr * m_next, m_next]).jacobian([x, m])
border = sp.solve((step + sp.eye(2)).det(), lr)[0]  # an eigenvalue of -1
assert sp.simplify(border * h - 2 * (1 + beta1) / (1 - beta1)) == 0
assert np.isclose(2 * (1 + 0.9) / (1 - 0.9), 38)


# %% it-depends-on-beta2
assert round(float(Reddi(2.0007).drift(0.999)), 5) == 4e-5 and Reddi(2.0008).drift(0.999) < 0
assert np.isclose(problem.slope, 1 / 3) and problem.minimum == -1
assert [round(Reddi(C).border(), 2) for C in (2.5, 3, 10)] == [0.63, 0.47, 0.10]
for beta2 in (0.42, 0.52, 0.999):
    end = problem.run(fo.Adam, 3000, lr=0.01, beta1=0, beta2=beta2)[-1]
    assert (end > 0.5) if beta2 < 0.47 else (end < -0.5)


# %% where-the-proof-breaks
assert [round(share, 2) for share in shares.values()] == [0, 0, 0.67, 0.33]


# %% without-noise
assert round(300 + np.log(0.0264 / (0.01 / 38) ** 2) / -np.log(0.99), -1) == 1580
last = [abs(path[-1000:]).max() / 0.01 for path in paths.values()]
assert last[0] < 1e-20 and 0.05 < last[1] < 0.3 and 0.02 < last[2] < 0.08


# %% a-smaller-beta2
from firstorder.lab.counterexamples import spike

assert measured == {0.999: 6.6, 0.99: 2.1, 0.95: 1.1}
assert np.allclose([spike(loss) for loss, step in jumped.values()], (6.3, 2.1, 1.2), atol=0.1)


# %% with-momentum
assert problem.run(fo.Adam, 600, lr=lambda t: 0.5 / t**0.5, beta1=0.9, beta2=0.1)[-1] < -0.9


# %% least-norm
X, y = separable.X, separable.y  # by own features alone, and the fit of least norm
own, least = np.linalg.pinv(X[:, 3:]) @ y, np.linalg.pinv(X) @ y
assert np.allclose(X[:, 3:] @ own, y) and np.isclose(own @ own, 30.8) and np.array_equal(X[:, 0], y)
assert round(least[0], 2) == 0.94 and abs(least[1:]).max() < 0.02
