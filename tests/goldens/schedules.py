"""Make schedules.json: the learning rates of torch.optim.lr_scheduler and of optax, epoch by epoch.

    python tests/goldens/schedules.py            writes schedules.json beside this file
    python tests/goldens/schedules.py --check    makes it again and compares with the one that is stored

Needs torch and optax, and nothing of the package. Each case gives our call, as the text of its `repr`, and torch's.
"""

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import optax
import torch
from torch.optim import lr_scheduler as s

FILE = Path(__file__).with_name("schedules.json")
LR = 0.3
METRICS = [1.0, 0.9, 0.9, 0.91, 0.90999, 0.95, 0.85, 0.849999, 0.84999, 0.9, 1.0, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]
METRICS += [0.4, 0.39999, 0.4, float("nan"), 0.7, 0.1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]

Make = Callable[[torch.optim.Optimizer], s.LRScheduler]


def wsd(optimizer: torch.optim.Optimizer, end_factor: float) -> s.LRScheduler:
    phases = [
        s.LinearLR(optimizer, start_factor=1 / 6, total_iters=5),
        s.ConstantLR(optimizer, factor=1.0, total_iters=10),
        s.LinearLR(optimizer, start_factor=1.0, end_factor=end_factor, total_iters=8),
    ]
    return s.SequentialLR(optimizer, phases, milestones=[5, 15])


def warmed(optimizer: torch.optim.Optimizer, start_factor: float, n: int, then: s.LRScheduler) -> s.LRScheduler:
    rise = s.LinearLR(optimizer, start_factor=start_factor, total_iters=n)
    return s.SequentialLR(optimizer, [rise, then], milestones=[n])


CASES: list[tuple[str, str, int, Make]] = [
    ("StepDecay(0.3, 7)", "StepLR(7)", 40, lambda o: s.StepLR(o, 7)),
    ("StepDecay(0.3, 3, gamma=0.5)", "StepLR(3, gamma=0.5)", 40, lambda o: s.StepLR(o, 3, gamma=0.5)),
    ("MultiStep(0.3, (4, 4, 11, 30))", "MultiStepLR([4, 4, 11, 30])", 40, lambda o: s.MultiStepLR(o, [4, 4, 11, 30])),
    ("Exponential(0.3, 0.9)", "ExponentialLR(0.9)", 40, lambda o: s.ExponentialLR(o, 0.9)),
    ("Polynomial(0.3, 25)", "PolynomialLR(25)", 40, lambda o: s.PolynomialLR(o, 25)),
    ("Polynomial(0.3, 25, power=2.5)", "PolynomialLR(25, 2.5)", 40, lambda o: s.PolynomialLR(o, 25, 2.5)),
    ("Polynomial(0.3, 10, end=0.06)", "LinearLR(1, 0.2, 10)", 40, lambda o: s.LinearLR(o, 1.0, 0.2, 10)),
    ("Cosine(0.3, 39)", "CosineAnnealingLR(39)", 40, lambda o: s.CosineAnnealingLR(o, 39)),
    ("Cosine(0.3, 45, end=0.02)", "CosineAnnealingLR(45, 0.02)", 40, lambda o: s.CosineAnnealingLR(o, 45, 0.02)),
    ("CosineRestarts(0.3, 6)", "CosineAnnealingWarmRestarts(6)", 60, lambda o: s.CosineAnnealingWarmRestarts(o, 6)),
    (
        "CosineRestarts(0.3, 5, multiplier=2, end=0.01)",
        "CosineAnnealingWarmRestarts(5, 2, 0.01)",
        60,
        lambda o: s.CosineAnnealingWarmRestarts(o, 5, 2, 0.01),
    ),
    (
        "Warmup(8, then=Cosine(0.3, 30))",
        "SequentialLR([LinearLR(1/9, total_iters=8), CosineAnnealingLR(30)], [8])",
        38,
        lambda o: warmed(o, 1 / 9, 8, s.CosineAnnealingLR(o, 30)),
    ),
    (
        "Warmup(4, then=0.3, start_factor=0.25)",
        "LinearLR(0.25, total_iters=4)",
        20,
        lambda o: s.LinearLR(o, 0.25, total_iters=4),
    ),
    (
        "Warmup(6, then=Exponential(0.3, 0.8), start_factor=0.1)",
        "SequentialLR([LinearLR(0.1, total_iters=6), ExponentialLR(0.8)], [6])",
        30,
        lambda o: warmed(o, 0.1, 6, s.ExponentialLR(o, 0.8)),
    ),
    ("WSD(0.3, 5, 10, 8)", "SequentialLR([LinearLR(1/6), ConstantLR, LinearLR(1, 0)])", 30, lambda o: wsd(o, 0.0)),
    (
        "WSD(0.3, 5, 10, 8, end=0.03)",
        "SequentialLR([LinearLR(1/6), ConstantLR, LinearLR(1, 0.1)])",
        30,
        lambda o: wsd(o, 0.1),
    ),
    ("Cyclic(0.3, 0.9, 5)", "CyclicLR(0.3, 0.9, 5)", 40, lambda o: s.CyclicLR(o, 0.3, 0.9, 5)),
    (
        "Cyclic(0.3, 0.9, 4, 7, mode='triangular2')",
        "CyclicLR(0.3, 0.9, 4, 7, mode='triangular2')",
        60,
        lambda o: s.CyclicLR(o, 0.3, 0.9, 4, 7, mode="triangular2"),
    ),
    (
        "Cyclic(0.3, 0.9, 4, mode='exp_range', gamma=0.97)",
        "CyclicLR(0.3, 0.9, 4, mode='exp_range', gamma=0.97)",
        60,
        lambda o: s.CyclicLR(o, 0.3, 0.9, 4, mode="exp_range", gamma=0.97),
    ),
    (
        "Sequence((Exponential(0.3, 0.9), StepDecay(0.3, 4, gamma=0.5), Cosine(0.3, 20)), (7, 18))",
        "SequentialLR([ExponentialLR(0.9), StepLR(4, 0.5), CosineAnnealingLR(20)], [7, 18])",
        38,
        lambda o: s.SequentialLR(
            o, [s.ExponentialLR(o, 0.9), s.StepLR(o, 4, 0.5), s.CosineAnnealingLR(o, 20)], milestones=[7, 18]
        ),
    ),
    (
        "Sequence((0.1, Exponential(0.3, 0.5)), (0,))",
        "SequentialLR([ConstantLR(1/3), ExponentialLR(0.5)], [0])",
        10,
        lambda o: s.SequentialLR(o, [s.ConstantLR(o, 1 / 3, 1000), s.ExponentialLR(o, 0.5)], milestones=[0]),
    ),
    (
        "Product((Warmup(4, then=1.0, start_factor=0.25), Exponential(0.3, 0.9), StepDecay(1.0, 6, gamma=0.5)))",
        "ChainedScheduler([LinearLR(0.25, total_iters=4), ExponentialLR(0.9), StepLR(6, 0.5)])",
        40,
        lambda o: s.ChainedScheduler(
            [s.LinearLR(o, 0.25, total_iters=4), s.ExponentialLR(o, 0.9), s.StepLR(o, 6, 0.5)], optimizer=o
        ),
    ),
    ("OneCycle(0.3, 40)", "OneCycleLR(0.3, 40)", 40, lambda o: s.OneCycleLR(o, 0.3, 40)),
    (
        "OneCycle(0.3, 37, pct_start=0.41, anneal='linear', div_factor=10, final_div_factor=100)",
        "OneCycleLR(0.3, 37, pct_start=0.41, anneal_strategy='linear', div_factor=10, final_div_factor=100)",
        37,
        lambda o: s.OneCycleLR(
            o, 0.3, 37, pct_start=0.41, anneal_strategy="linear", div_factor=10, final_div_factor=100
        ),
    ),
    (
        "OneCycle(0.3, 40, three_phase=True)",
        "OneCycleLR(0.3, 40, three_phase=True)",
        40,
        lambda o: s.OneCycleLR(o, 0.3, 40, three_phase=True),
    ),
]
PLATEAUS: list[tuple[str, dict]] = [
    ("ReduceOnPlateau(0.3, patience=2)", {"patience": 2}),
    ("ReduceOnPlateau(0.3, factor=0.5, patience=1, cooldown=3)", {"factor": 0.5, "patience": 1, "cooldown": 3}),
    ("ReduceOnPlateau(0.3, patience=0, min_lr=0.02)", {"patience": 0, "min_lr": 0.02}),
    (
        "ReduceOnPlateau(0.3, mode='max', patience=3, threshold=0.05)",
        {"mode": "max", "patience": 3, "threshold": 0.05},
    ),
    (
        "ReduceOnPlateau(0.3, patience=1, threshold=0.2, threshold_mode='abs')",
        {"patience": 1, "threshold": 0.2, "threshold_mode": "abs"},
    ),
    (
        "ReduceOnPlateau(0.3, mode='max', patience=1, threshold=0.02, threshold_mode='abs', eps=1e-4)",
        {"mode": "max", "patience": 1, "threshold": 0.02, "threshold_mode": "abs", "eps": 1e-4},
    ),
]


#: optax computes in float32.
OPTAX: list[tuple[str, str, int, Callable[[int], float]]] = [
    (
        "Sequence((0.1, Exponential(0.3, 0.9)), (0,))",
        "join_schedules([constant_schedule(0.1), exponential_decay(0.3, 1, 0.9)], [0])",
        20,
        optax.join_schedules([optax.constant_schedule(0.1), optax.exponential_decay(0.3, 1, 0.9)], [0]),
    ),
    (
        "Sequence((Polynomial(0.3, 8), 0.2, Cosine(0.2, 10)), (5, 9))",
        "join_schedules([polynomial_schedule(0.3, 0, 1, 8), 0.2, cosine_decay_schedule(0.2, 10)], [5, 9])",
        25,
        optax.join_schedules(
            [
                optax.polynomial_schedule(0.3, 0.0, 1, 8),
                optax.constant_schedule(0.2),
                optax.cosine_decay_schedule(0.2, 10),
            ],
            [5, 9],
        ),
    ),
    (
        "Warmup(6, then=Cosine(0.3, 20, end=0.03), start_factor=0.1)",
        "warmup_cosine_decay_schedule(0.03, 0.3, 6, 26, 0.03)",
        35,
        optax.warmup_cosine_decay_schedule(0.03, 0.3, 6, 26, 0.03),
    ),
]


def optimizer() -> torch.optim.Optimizer:
    p = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    p.grad = torch.zeros_like(p)
    return torch.optim.SGD([p], lr=LR, momentum=0.9)


def rates(length: int, make: Make) -> list[float]:
    """The rate with which each of `length` steps is taken."""
    opt = optimizer()
    scheduler = make(opt)
    out = []
    for _ in range(length):
        out.append(opt.param_groups[0]["lr"])
        opt.step()
        if len(out) < length:
            scheduler.step()
    return out


def after_reports(arguments: dict) -> list[float]:
    """The rate after each report."""
    opt = optimizer()
    scheduler = s.ReduceLROnPlateau(opt, **arguments)
    out = []
    for metric in METRICS:
        scheduler.step(metric)
        out.append(opt.param_groups[0]["lr"])
    return out


def make() -> dict:
    return {
        "made_by": "python tests/goldens/schedules.py",
        "versions": {"torch": torch.__version__.split("+")[0], "optax": optax.__version__},
        "schedules": [{"ours": o, "torch": t, "rates": rates(n, m)} for o, t, n, m in CASES],
        "optax": [{"ours": o, "optax": t, "rates": [float(f(k)) for k in range(n)]} for o, t, n, f in OPTAX],
        "beyond_cosine": rates(16, lambda o: s.CosineAnnealingLR(o, 10)),
        "metrics": METRICS,
        "plateaus": [{"ours": ours, "rates": after_reports(arguments)} for ours, arguments in PLATEAUS],
    }


def main() -> None:
    warnings.simplefilter("ignore")  # SequentialLR calls its own members in a way it warns of
    text = json.dumps(make(), indent=1) + "\n"
    if "--check" in sys.argv:
        sys.exit(text != FILE.read_text(encoding="utf-8"))
    FILE.write_text(text, encoding="utf-8")
    print(f"{FILE.name}: {len(CASES) + len(PLATEAUS)} schedules, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
