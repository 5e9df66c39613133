"""What proves the numbers in the text of *Weight decay*; run with its cells, see `book.said`."""

# %% where-weights-settle
for which, theory in (("L2", s / (s + 0.1)), ("AdamW", s / (s + 0.1 * s))):
    assert np.allclose(settled(which), theory, atol=0.02)
import sympy as sp

from firstorder.lab.decay import Search
from firstorder.reading.parse import symbol


def decay_factor(rule):
    """What a step multiplies the parameter by, read from the rule."""
    program = rule.rule.program
    return sp.diff(program.expression("p"), symbol("p"))

lr, decay, lr_max = (symbol(name) for name in ("lr", "weight_decay", "lr_max"))
assert sp.simplify(decay_factor(fo.AdamW) - (1 - lr * decay)) == 0
assert sp.simplify(decay_factor(fo.FullyDecoupledAdamW) - (1 - lr / lr_max * decay)) == 0
assert decay_factor(fo.Adam) == 1

theta, steep, noise = sp.symbols("theta s sigma", positive=True)
pull = steep * (theta - 1)
assert sp.solve((pull + decay * theta) / noise, theta) == [steep / (steep + decay)]
assert sp.solve(pull / noise + decay * theta, theta) == [steep / (steep + decay * noise)]


# %% does-it-generalise-better
tables = {which: np.array(table) for which, table in losses.items()}
decays = {which: Search(table[..., None]).decays for which, table in tables.items()}
assert decays["L2"][1:] == [0.001] * 3 and decays["fully decoupled"][2] == LAMBDAS[3]
assert (tables["AdamW"][:, 4] / tables["AdamW"].min(axis=1)).max() < 1.06
assert tables["fully decoupled"][0, 3] > 1.5 * tables["fully decoupled"][0].min()
assert all(87 < found[f"{which} best"][2] < 90 and found[f"{which} best"][3] < 0.5 for which in losses)


# %% for-sgd-the-same
assert apart[0] < 1e-12 and apart[1] > 0.5 and apart[2] < 0.01


# %% under-adam
assert all(np.allclose(path, derived[name], atol=0.04) for name, path in paths.items())


# %% how-much
assert [round(1 / (1e-3 * decay)) for decay in defaults.values()] == [100_000, 250_000, 10_000_000]
assert round(decay_for(epochs=10, lr=0.0005, batch_size=128, examples=50_000), 2) == 0.51
for lr, expected in ((0.01, 0.606), (0.02, 0.367)):
    assert abs(left(fo.AdamW, lr, weight_decay=0.1) - expected) < 1e-3
    assert abs(left(fo.FullyDecoupledAdamW, lr, weight_decay=0.001, lr_max=lr) - 0.606) < 1e-3


# %% constant-gradient
p = np.zeros(2)
adamw = fo.AdamW(p, lr=0.01, weight_decay=0.1)
for _ in range(3000):
    adamw.step(np.array([-1, -0.01]))
assert np.allclose(p, (1 - (1 - 0.001) ** 3000) / 0.1, rtol=1e-4)
