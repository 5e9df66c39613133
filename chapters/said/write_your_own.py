"""What proves the numbers in the text of *Write your own*; run with its cells, see `book.said`."""

# %% write-live
bowl = fo.LANDSCAPES["quadratic"]
soft = fo.minimize(bowl, SoftSign, lr=0.05, steps=200).values[-1]
signum = fo.minimize(bowl, fo.Signum, lr=0.05, steps=200).values[-20:]
late = fo.minimize(bowl, SoftSign, lr=0.05, delta=10, steps=200).values[-1]
assert soft < 1e-6 < 1e-3 < signum.max() and late > 0.1


# %% derive-something
import sympy as sp

from firstorder import derive

derive.init_printing()  # SymPy writes η for lr, μ for momentum

m, delta = sp.symbols("m delta", positive=True)
slope = sp.diff(m / (m + delta), m).subs(m, 0)
assert slope == 1 / delta
assert str(derive.recursion(SoftSign, "m")[0]) == "beta"
derive.closed_form(SoftSign, "m")


# %% rests
assert [rests(h) for h in (360, 379, 381, 400)] == [True, True, False, False]


# %% is-it-any-good
assert losses["SoftSign"] < 0.8 * losses["Signum"] and abs(losses["SoftSign"] / losses["Adam"] - 1) < 0.25


# %% around-any-optimizer
assert np.allclose(weights, [[1 / 1.1, 0, -1 / 1.1], [0, 0, 0]])
