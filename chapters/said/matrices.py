"""What proves the numbers in the text of *Matrices*; run with its cells, see `book.said`."""

# %% matrices-turned
left = [{key: share[-1] for key, share in five.items()} for five in shares]
for key in ("shampoo", "soap", "muon"):
    assert abs(np.log(left[1][key] / left[0][key])) < 0.1
assert 1e-10 < left[0]["adam"] < 2e-10 and 2e-4 < left[1]["adam"] < 4e-4
assert left[0]["adagrad"] < 1e-30 and 5e-3 < left[1]["adagrad"] < 1e-2
assert 1e-14 < left[0]["shampoo"] < 5e-14 and 1e-7 < left[0]["muon"] < 1e-6


# %% soap
assert 1 < left[1]["soap"] / left[0]["adam"] < 3


# %% matrices-singular
reach = {name: np.linalg.svd(step, compute_uv=False) for name, step in steps.items()}
assert (reach["gradient"] > 1e-9 * reach["gradient"][0]).sum() == 24
last = [float(s[23] / s[0]) for s in reach.values()]
assert last[0] < 1e-3 and 0.02 < last[1] < 0.04 and 0.2 < last[2] < 0.3


# %% matrices-newton-schulz
assert np.allclose(fixed, [0.868, 1.264], atol=1e-3) and min(abs(np.array(slopes))) > 1
assert round(float(phi.subs(x, 1)), 3) == 0.701 and round(arrived, 4) == 0.0015
band = after[5][s0 >= arrived]
assert band.min() > 0.68 and 1.2 < band.max() < 1.21
assert after[5][0] < 0.049 and cubic[np.argmax(s0 > 0.2)] > 0.9 > cubic[np.argmax(s0 > 0.1)]


# %% pros-and-cons
from firstorder.lab.matrices import left_over

assert left_over("soap", True) > 1e4 * left_over("soap", True, adams=True)


# %% two-sides
m, n = 1024, 1024
entries = (m * n) ** 2, m**2 + n**2
assert round(4 * entries[0] / 1e12, 1) == 4.4 and round(4 * entries[1] / 1e6, 1) == 8.4
