"""Learning rates that make an instructive descent of about 200 steps from a landscape's start."""

#: The landscapes, in the order of the columns of `RATES`.
_ORDER = ("quadratic", "rosenbrock", "beale", "himmelblau", "saddle", "rastrigin", "styblinski_tang")

#: For each rule, one rate a landscape: chosen by hand for the first nine, for the others by `tests/sweep.py`.
RATES = {
    "sgd": (0.05, 0.001, 0.002, 0.01, 0.1, 0.002, 0.02),
    "momentum": (0.02, 0.001, 0.0001, 0.005, 0.02, 0.002, 0.005),
    "nesterov": (0.02, 0.001, 0.0001, 0.005, 0.02, 0.002, 0.005),
    "adagrad": (0.5, 0.5, 0.5, 0.5, 0.1, 0.2, 0.5),
    "rmsprop": (0.05, 0.02, 0.05, 0.05, 0.01, 0.02, 0.05),
    "centered_rmsprop": (0.02, 0.02, 0.05, 0.05, 0.01, 0.02, 0.05),
    "adadelta": (20, 20, 20, 10, 1, 10, 20),
    "adam": (0.2, 0.2, 0.1, 0.2, 0.02, 0.2, 0.2),
    "adamw": (0.2, 0.2, 0.1, 0.2, 0.02, 0.2, 0.2),
    "dampened_momentum": (0.02, 0.005, 5e-05, 0.05, 0.05, 0.001, 0.02),
    "aggmo": (0.02, 0.001, 1e-05, 0.02, 0.005, 0.005, 0.02),
    "qhm": (0.1, 0.005, 0.002, 0.05, 0.1, 0.01, 0.1),
    "signsgd": (0.1, 0.002, 0.1, 0.2, 0.01, 0.05, 0.2),
    "signum": (0.05, 0.05, 0.05, 0.1, 0.01, 0.02, 0.5),
    "lion": (0.1, 0.01, 0.01, 0.2, 0.01, 0.05, 0.2),
    "sophia": (0.1, 0.01, 0.01, 0.2, 0.01, 0.05, 0.2),
    "rprop": (0.5, 0.1, 0.002, 1, 1e-05, 0.2, 0.5),
    "ftrl": (0.5, 0.1, 1, 1, 0.1, 0.2, 1),
    "rmsprop_momentum": (0.01, 0.05, 0.01, 0.005, 0.0005, 0.02, 0.01),
    "fully_decoupled_adamw": (0.5, 0.5, 0.2, 1, 0.01, 0.5, 0.5),
    "grams": (0.5, 0.1, 1, 1, 0.01, 0.2, 1),
    "qhadam": (0.5, 0.5, 0.1, 0.5, 0.01, 0.1, 0.5),
    "ademamix": (0.5, 0.5, 0.2, 1, 0.01, 0.5, 0.5),
    "nadam_constant": (0.5, 0.5, 0.5, 1, 0.01, 0.2, 1),
    "nadam": (0.5, 0.5, 1, 0.2, 0.01, 0.1, 0.5),
    "adan": (0.5, 0.5, 0.05, 1, 0.01, 0.5, 1),
    "adamax": (0.5, 0.1, 0.5, 2, 0.02, 0.5, 1),
    "amsgrad": (0.5, 0.5, 0.2, 1, 0.01, 0.5, 0.5),
    "amsgrad_corrected": (0.5, 0.5, 0.5, 1, 0.01, 0.5, 1),
    "yogi": (0.5, 0.5, 0.2, 1, 0.01, 0.5, 0.5),
    "adabelief": (0.5, 0.5, 0.2, 1, 0.002, 0.5, 0.5),
    "adabound": (0.5, 0.5, 0.5, 1, 0.005, 0.5, 0.5),
    "radam": (0.02, 0.002, 0.0002, 0.05, 0.05, 0.005, 0.02),
    "adopt": (2, 2, 1, 0.5, 0.005, 0.5, 1),
    "schedule_free_sgd": (0.02, 0.002, 0.0005, 0.05, 0.1, 0.005, 0.02),
    "schedule_free_adamw": (0.5, 0.5, 1, 1, 0.02, 0.2, 1),
}


def rates(landscape: str) -> dict[str, float]:
    """A working learning rate on `landscape` for each rule, by key."""
    column = _ORDER.index(landscape)
    return {rule: row[column] for rule, row in RATES.items()}
