"""Where a library departs from the paper it names: what it did, and the one change to our rule that does it too.

Each is of the version that made the goldens. If a later one has mended its way, make.py tells: the trajectory
is then no departure any more but a golden like the others.
"""

import numpy as np
import pytest
from numpy import clip, maximum, sqrt
from test_goldens import ABOUT, DEPARTURES, TOLERANCE, gap, replay

import firstorder as fo


@fo.optimizer
def optax_adan(p, g, m, d, v, g_previous, *, t, lr=1e-3, beta1=0.98, beta2=0.92, beta3=0.99, eps=1e-8):
    """Adan with 1 - β₂ in the place of β₂ before the change, in both moments, and ε inside the root too."""
    change = (1 if t > 1 else 0) * (g - g_previous)
    m = beta1 * m + (1 - beta1) * g
    d = beta2 * d + (1 - beta2) * change
    v = beta3 * v + (1 - beta3) * (g + (1 - beta2) * change) ** 2
    m_hat = m / (1 - beta1**t)
    d_hat = d / (1 - beta2**t)
    v_hat = v / (1 - beta3**t)
    p = p - lr * (m_hat + (1 - beta2) * d_hat) / (sqrt(v_hat + eps) + eps)
    g_previous = g
    return p, m, d, v, g_previous


@fo.optimizer
def later_adopt(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.9999, eps=1e-6):
    """ADOPT that clips at t^(1/4), where the paper, which counts the steps after the first, has (t-1)^(1/4)."""
    limit = t**0.25 if t > 1 else 0
    m = beta1 * m + (1 - beta1) * clip(g / maximum(sqrt(v), eps), -limit, limit)
    p = p - lr * m
    kept = beta2 if t > 1 else 0
    v = kept * v + (1 - kept) * g**2
    return p, m, v


@pytest.mark.parametrize(
    ("version", "call", "explanation"),
    [
        ("optax 0.2.8", "optax.adan(0.05)", optax_adan),
        ("pytorch_optimizer 4.1.0", "pytorch_optimizer.ADOPT(params)", later_adopt),
    ],
)
def test_departure_is_explained_by_one_change(version: str, call: str, explanation: fo.Rule):
    library, _, number = version.partition(" ")
    assert ABOUT["versions"][library] == number
    golden = DEPARTURES[call]
    assert gap(replay(golden)[0], golden.parameters) > 1e-2
    explained, _ = replay(golden, fo.Optimizer.of(explanation))
    assert gap(explained, golden.parameters) < TOLERANCE


def test_optax_rprop_stands_still_at_first_and_then_takes_the_steps_of_one_step_before():
    assert ABOUT["versions"]["optax"] == "0.2.8"
    golden = DEPARTURES["optax.rprop(0.05)"]
    for after, start in zip(golden.parameters[0], golden.start, strict=True):
        np.testing.assert_array_equal(after, start)
    # As long as no gradient has turned, it is one step behind; where one has, it forgets a step that was due.
    ours, _ = replay(golden)
    unturned = [np.sign(a) == np.sign(b) for a, b in zip(*golden.gradients[:2], strict=True)]
    for behind, before, same in zip(golden.parameters[1], ours[0], unturned, strict=True):
        np.testing.assert_allclose(behind[same], before[same], rtol=1e-15)
    assert gap(ours, golden.parameters) > 0.1


@pytest.mark.parametrize(
    ("version", "call"),
    [
        ("torch 2.13.0", "torch.optim.NAdam(params), torch.get_default_dtype() = torch.float32"),
        ("pytorch_optimizer 4.1.0", "pytorch_optimizer.QHAdam(params, ...)"),
    ],
)
def test_departure_of_float64_parameters_is_a_scalar_kept_in_float32(version: str, call: str):
    library, _, number = version.partition(" ")
    assert ABOUT["versions"][library] == number
    golden = DEPARTURES[call]
    assert 1e-10 < gap(replay(golden)[0], golden.parameters) < np.finfo(np.float32).eps


def test_every_departure_is_tested():
    tested = test_departure_is_explained_by_one_change, test_departure_of_float64_parameters_is_a_scalar_kept_in_float32
    calls = {case[1] for test in tested for case in test.pytestmark[0].args[1]}
    assert calls | {"optax.rprop(0.05)"} == set(DEPARTURES)
