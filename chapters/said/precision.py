"""What proves the numbers in the text of *Precision*; run with its cells, see `book.said`."""

# %% precision-digits
ends = {name: loss[-1] for name, loss in found["losses"].items()}
assert all(abs(ends[f"{name}, Kahan"] / ends["float32"] - 1) < 1e-3 for name in ("float16", "bfloat16"))
assert 1.07 < ends["float16"] / ends["float32"] < 1.09 and 1.60 < ends["bfloat16"] / ends["float32"] < 1.66
factor = np.array(found["excess"])
mean = np.exp(np.log(factor).mean(axis=1))
assert mean.argmax() == 1 and 1.6 < mean[1] < 1.75 and 1.05 < mean[4] < 1.2
assert factor[5].min() < 1 < factor[5].max()


# %% two-formats-of-16-bits
assert pi16.view(np.uint16)[0] == pi32.view(np.uint32)[0] >> 16
assert bfloat16(1 + 2.0**-7) == 1 + 2.0**-7 and bfloat16(1 + 2.0**-9) == 1
assert np.spacing(np.float16(1)) == 2.0**-10 and np.float16(65504) == np.finfo("float16").max


# %% the-step-counter
assert round(1 - 0.999**256, 2) == 0.23
short = [kept / np.sqrt(1 - 0.999**t) for t in (300, 2300, 2350)]  # the length of step t beside what it should be
assert short[0] > 0.9 and short[1] > 0.5 > short[2]


# %% kahan-summation
p = np.full(1, 4.0, bfloat16)
adam = fo.Kahan(fo.Adam(p, lr=0.9e-3))
for _ in range(500):
    adam.step(np.ones(1, bfloat16))
assert way(0.9e-3, bfloat16) == 0 and abs(4 - float(p[0]) - 0.45) < 2.0**-7


# %% loss-scaling
shares = [np.mean((np.float32(s) * gradient).astype("float16")[gradient != 0] == 0) for s in (1, 1e-3, 1e-6)]
assert shares[0] < 0.001 and 0.08 < shares[1] < 0.11 and shares[2] > 0.95


# %% where-weights-stop
for dtype, edge in (("float16", 4), (bfloat16, 0.5)):
    above = np.nextafter(*np.array([edge, np.inf], dtype))
    assert abs(way(1e-3, dtype, edge, 1) - 2.0**-9) < 1e-9 and way(1e-3, dtype, above) == 0


# %% compensated
def moved(start, delta, dtype, steps):
    """How far SGD and Kahan summation take a weight, with what is still owed."""
    p = np.full(1, start, dtype)
    first = float(p[0])
    sgd = fo.SGD(p, lr=delta)
    kahan = None if dtype == "float32" else fo.Kahan(sgd)
    for _ in range(steps):
        (kahan or sgd).step(np.ones(1, dtype))
    return first - float(p[0]) - (float(kahan.state["compensation"][0]) if kahan else 0)

assert abs(moved(4, 2e-6, "float16", 5000) / 0.01 - 1) < 0.05  # 2⁻²³ of 4 is 5e-7
assert moved(4, 2.0**-22, "float16", 5000) < 0.5 * 5000 * 2.0**-22
for start in (0.05, 0.2):  # above and below 2⁻²⁵
    assert moved(start, 2.5e-8, "float16", 1000) == 0 < moved(start, 2.5e-8, "float32", 1000)
    assert moved(start, 4e-8, "float16", 1000) > 0.9 * 4e-5
assert moved(2e-6, 1e-10, bfloat16, 1000) > 0.9e-7 and moved(2e-6, 1e-10, "float16", 1000) == 0
for size in (2.0**-10, 1):
    assert moved(1.5 * size, 2.0**-18 * size, bfloat16, 5000) < 0.5 * 5000 * 2.0**-18 * size
    assert moved(1.5 * size, 2.0**-16 * size, bfloat16, 5000) > 0.9 * 5000 * 2.0**-16 * size
