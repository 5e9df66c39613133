"""Every wrapper takes the path of an independent oracle: one that errs in sign, axis or size is found."""

import numpy as np
import pytest
from wrapper_oracles import ORACLES

import firstorder as fo

SHAPES = [(2, 3), (3,), ()]
LRS = [0.1] * 5 + [0.04] * 7
MOMENTUM = 0.7


def test_every_wrapper_has_an_oracle():
    assert set(ORACLES) == set(fo.WRAPPERS)


def drawn(seed: int, dtype: str) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [np.asarray(random.normal(size=shape)).astype(dtype) for shape in SHAPES]


def numbers(arrays) -> list[list[float]]:
    return [np.asarray(a, float).reshape(-1).tolist() for a in arrays]


def eighths(array: np.ndarray) -> np.ndarray:
    return np.asarray(np.round(array.astype(float) * 8) / 8).astype(array.dtype)


CASES = [(name, "float64") for name in fo.WRAPPERS if name != "kahan"] + [("kahan", "float16"), ("kahan", "bfloat16")]


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("put", [list, fo.Arena], ids=["arrays", "arena"])
@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_a_wrapper_takes_the_path_of_its_oracle(name, dtype, put, backend):
    pytest.importorskip(backend)
    oracle, settings = ORACLES[name]
    # for 16 bits, numbers whose products and sums float32 has exactly, so that the oracle's rounding is the only one
    lrs, momentum = (LRS, MOMENTUM) if dtype == "float64" else ([2.0**-9] * len(LRS), 0.5)
    rough = (lambda a: a) if dtype == "float64" else eighths
    start = [rough(a) for a in drawn(0, dtype)]
    gradients = [[rough(a) for a in drawn(t, dtype)] for t in range(1, len(LRS) + 1)]
    theirs = {"start": "start_at"} if name == "swa" else {}
    given = {theirs.get(n, n): value for n, value in settings.items()} | ({"dtype": dtype} if name == "kahan" else {})
    path, states = oracle([numbers(g) for g in gradients], numbers(start), lrs, momentum, **given)
    ours = put([a.copy() for a in start])
    opt = fo.WRAPPERS[name](fo.Momentum(ours, lr=lrs[0], momentum=momentum), **settings)

    def there(grads):  # the gradient of g·θ + ‖θ‖²/2
        return put([np.asarray(x + p) for x, p in zip(grads, ours, strict=True)])

    exact = dtype != "float64"
    with fo.using(backend):
        for g, lr, expected, state in zip(gradients, lrs, path, states, strict=True):
            opt.lr = lr
            for _ in range(opt.evaluations - 1):
                opt.perturb(there(g))
            opt.step(there(g) if name == "sam" else put(g))
            np.testing.assert_allclose(
                np.concatenate([*map(np.ravel, ours)]).astype(float), expected, 0, 0 if exact else 1e-14
            )
            assert set(state) == set(type(opt).arrays)
            for key, values in state.items():
                found = np.concatenate([*map(np.ravel, opt.state[key])]).astype(float)
                np.testing.assert_allclose(found, values, rtol=0, atol=0 if exact else 1e-14)
