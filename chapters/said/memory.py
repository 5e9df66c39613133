"""What proves the numbers in the text of *Memory*; run with its cells, see `book.said`."""

# %% what-optimizers-remember
assert "Lion" in groups[1] and "Adam" in groups[2] and groups[0.05] == ["Adafactor"]
assert groups[1.05] == ["SM3"] and groups[2.5] == ["Shampoo"] and groups[7] == ["SOAP"]
assert (64**2 + 32**2) / (64 * 32) == 2.5 and [n for n in groups if n % 1] == [0.05, 1.05, 2.5]
assert max(groups, key=lambda n: len(groups[n])) == 2


# %% eight-bits
lost = [(in_eight_bits(v, even) == 0).mean() for even in (True, False)]
assert 0.35 < lost[0] < 0.45 and lost[1] < 0.05


# %% fewer-second-moments-and-low-rank
assert megabytes["8-bit Adam, blocks of 2,048"] < 0.26 * megabytes["Adam"]
assert megabytes["GaLore, rank 128"] < 0.05 * megabytes["Adam"]


# %% pros-and-cons
seen = {made.key.split(".")[1]: made.stored.values for made in claims.CLAIMS.values() if made.chapter == "memory"}
assert round(1 / seen["adafactor_as_adam"]["share"]) == 27 and seen["adafactor_as_adam"]["test"]["low"] > 0
assert -2.6 < seen["sm3_as_adagrad"]["plain"]["ahead"] < -1.4 and seen["sm3_as_adagrad"]["usual"]["low"] > 0.2


# %% divergence
import sympy as sp

V = sp.Matrix(2, 3, sp.symbols("v:6", positive=True))
r, c = sp.symbols("r:2", positive=True), sp.symbols("c:3", positive=True)
D = sum(V[i, j] * sp.log(V[i, j] / (r[i] * c[j])) - V[i, j] + r[i] * c[j]
        for i in range(2) for j in range(3))
best = {r[i]: sum(V[i, :]) for i in range(2)}
best |= {c[j]: sum(V[:, j]) / sum(V) for j in range(3)}
assert all(sp.simplify(sp.diff(D, x).subs(best)) == 0 for x in (*r, *c))
