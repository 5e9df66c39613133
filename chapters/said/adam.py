"""What proves the numbers in the text of *Adam*; run with its cells, see `book.said`."""

# %% opening
bowls, learned = list(panels.values())[:2], list(panels.values())[2:]
straight, turned = ({key: left[-1] for key, left in found.items()} for found in bowls)
scaled, words = ({key: mean[-1] for key, (_, mean, _) in found.items()} for found in learned)
assert 1e-16 < straight["adam"] < 1e-12 < 1e-6 < straight["momentum"] < 2e-5 and straight["rmsprop"] < 1e-100
assert turned["momentum"] < turned["adam"] < 4 * turned["momentum"] < min(turned["rmsprop"], turned["sgd"]) / 10
assert scaled["adam"] < 0.5 * min(scaled["sgd"], scaled["momentum"])
assert words["adam"] < 0.8 * min(words["sgd"], words["momentum"])
assert abs(np.log(scaled["rmsprop"] / scaled["adam"])) < 0.4 > abs(np.log(words["rmsprop"] / words["adam"]))


# %% anatomy-of-a-step
for state in ({"noise": 0.0}, {"noise": 3.0}, {"stream": "sparse", "noise": 0.0}):
    found = Anatomy(**state).curves()
    assert abs(found["step"].mean() - found["g"].mean() / (found["g"] ** 2).mean() ** 0.5) < 0.06
assert 0.3 < np.abs(Anatomy(noise=3.0).curves()["step"]).mean() < 0.45


# %% how-long-can-a-step-be
assert abs(silent.max() - 3.15) < 0.01 and abs(silent.sum() - 31.7) < 0.1 and abs(noise[100:].mean() - 0.19) < 0.01
faint = {g: lengths(g * (t == 5000)).sum() for g in (1e-5, 1e-7)}
assert faint[1e-5] > 30 and faint[1e-7] < 8 and round(1e-8 / np.sqrt(0.001), 7) == 3e-7


# %% two-places-for
changing = {"optimizer": adam_hat, "eps_hat": lambda t: 1e-8 * np.sqrt(1 - 0.999**t)}
assert all(np.allclose(lengths([g] * 1000, **changing), lengths([g] * 1000), rtol=1e-9) for g in sizes)


# %% against-sgd-momentum-and-rmsprop
assert [found[f"{key}_width"] for key in four] == [0.5, 0.75, 1.5, 1.5]
assert all(0.07 <= min(found[f"{key}_losses"]) < 0.107 for key in four)
assert [round(found[f"{key}_test"][1][0], 1) for key in four] == [97.6, 98.2, 97.6, 98.2]


# %% pros-and-cons
assert found["straight"] == [81, 122]
assert [row[0] for row in found["turned_100"]] == [78.5, 123]
assert [round(row[0]) for row in found["turned_10000"]] == [187, 718] and found["turned_10000"][1][1:] == [460, 903]
