"""What proves the numbers in the text of *Training a network*; run with its cells, see `book.said`."""

# %% the-digits
from sklearn.datasets import load_digits

raw = load_digits()
assert raw.images.shape == (1797, 8, 8) and (raw.data.min(), raw.data.max()) == (0, 16)
assert "different 13" in raw.DESCR and "copy of the test set" in raw.DESCR
assert (len(data.y_train), len(data.y_test)) == (1348, 449)
counts = np.bincount(data.y_test)
assert (counts.min(), counts.max()) == (36, 54)


# %% the-training-loop
assert optimizer.t == 330 == 15 * 22 and len(losses) == 15
assert [round(losses[i], 2) for i in (0, 4, 14)] == [0.35, 0.11, 0.02]
assert abs(accuracy - 0.984) < 0.005


# %% training-race
race = Race()
tuned = {"momentum": 0.1, "adam": 0.0316}  # what *Fair race* finds: tests/test_race_python.py


def raced(key, lr):
    run = {"steps": race.steps, "batch_size": race.batch, "seed": race.seed, "record_every": race.steps}
    return round(fo.minimize(race.problem(), key, progress=False, lr=lr, **run).values[-1], 2)


assert {one["lr"] for one in race.optimizers} == {0.01} and len(race.data["rates"]) == 10
assert [raced(key, 0.01) for key in ("adam", "momentum")] == [0.07, 0.24]
assert [raced(key, lr) for key, lr in tuned.items()] == [0.07, 0.07]


# %% training-horizon
places = {key: [least(mean[:, at], rates) for at in (1, 5)] for key, (rates, mean) in means.items()}
assert places == {"sgd": [1, 1], "signsgd": [2, 1]}
sgd, sign = (np.array(runs("horizons")[key]["losses"])[:, :, 5] for key in ("sgd", "signsgd"))
assert round(sgd[1].mean(), 2) == 0.15 and round(sign[2].mean(), 2) == 0.43 and round(sign[1].mean(), 2) == 0.27
assert sign[1].max() < sign[2].min()  # every seed


# %% the-sweep
results = stored()["rows"]
assert len(results) == 3 * len(fo.OPTIMIZERS)
assert max(r["trials"] for r in results) == 15 and not any(r["diverged"] for r in results)
assert [(r["optimizer"], r["problem"]) for r in results if r["edge"]] == [("rprop", "softmax")]
assert abs(now["lr"] - 0.1) < 1e-12 and now["trials"] == 10 and round(now["tuning"][-1][0] * 1e-3, 2) == 0.32
assert round(min(now["accuracy"]), 3) == 0.927
assert sorted(now["accuracy"])[1] > 0.97


# %% training-curves
curve = {key: np.array(two_layer[key]["curve"]) for key in few}
assert max(few, key=lambda key: curve[key][10]) == "muon"  # after 100 steps
assert sorted(few, key=lambda key: curve[key][30]) == ["soap", "nesterov", "muon", "momentum", "adam", "sgd"]
reads = {"soap": 0.990, "schedule_free_adamw": 0.986, "cautious_adamw": 0.986, "adam": 0.983, "momentum": 0.980,
         "sgd": 0.968, "rprop": 0.943, "ftrl": 0.943}
assert all(round(np.mean(convolution[key]["accuracy"]), 3) == accuracy for key, accuracy in reads.items())
assert round(np.mean(two_layer["rmsprop"]["accuracy"]), 3) == 0.965
assert list(convolution)[-2:] == ["rprop", "ftrl"] and list(convolution)[:1] == ["soap"]
assert list(ranked(rows(stored(), "softmax")))[:2] == ["schedule_free_adamw", "soap"]
assert round(np.mean(two_layer["rmsprop"]["default"]["accuracy"]), 3) == 0.976
assert [round(convolution[key]["state"], 2) for key in ("soap", "adam", "sgd", "adafactor")] == [28.3, 2, 0, 0.13]


# %% how-many-can-be-told-apart
told = {}
for name in models:
    found = rows(stored(), name)
    first, p = against_best(found)
    mean = {key: np.mean(r["accuracy"]) for key, r in found.items()}
    told[name] = (first, sum(v > 0.05 for v in p.values()), sum(v > 0.05 / (len(p) - 1) for v in p.values()),
                  sum(mean[first] - m < 0.013 for m in mean.values()))
assert told == {"softmax": ("schedule_free_adamw", 9, 27, 40), "two_layer": ("soap", 4, 25, 31),
                "convolutional": ("soap", 1, 18, 34)}
adadelta, qhadam = (100 * np.array(two_layer[key]["accuracy"]) for key in ("adadelta", "qhadam"))
assert (round(adadelta.mean(), 1), round(adadelta.std(ddof=1), 1)) == (96.8, 3.4)
assert (round(qhadam.mean(), 1), round(qhadam.std(ddof=1), 1)) == (97.7, 0.3)
_, p = against_best(two_layer)
assert p["adadelta"] > 0.05 > p["qhadam"]
assert {key for key in p if p[key] > 0.05} == {"soap", "schedule_free_adamw", "adafactor", "adadelta"}
_, p = against_best(convolution)
assert sum(v > 0.05 for v in p.values()) == 1 and sum(v > 0.05 / (len(p) - 1) for v in p.values()) == 1 + 17
assert round(100 * (0.98 * 0.02 / 449) ** 0.5, 2) == 0.66


# %% with-a-falling-rate
def stated(key, part):
    return tuple(round(number, 1) for r in (constant, falling) for number in
                 (100 * np.mean(r[key][part]), 100 * np.std(r[key][part], ddof=1)))

assert stated("adam", "accuracy") == (97.7, 1.4, 98.5, 0.3) and stated("sgd", "accuracy") == (97.5, 1.1, 97.9, 0.3)
assert stated("signum", "accuracy")[::2] == (97.6, 98.8) and stated("adagrad", "accuracy")[::2] == (98.0, 97.2)
gain = {key: np.mean(r["accuracy"]) - np.mean(constant[key]["accuracy"]) for key, r in falling.items()}
assert max(gain, key=gain.get) == "signum"
best, p = against_best(falling)
assert best == "muon" and {key for key in p if p[key] > 0.05} == {"muon", "soap", "signum"}
best, p = against_best({key: constant[key] for key in falling})
assert best == "soap" and {key for key in p if p[key] > 0.05} == {"soap"}
assert stated("muon", "accuracy")[2] == 99.0 and stated("soap", "accuracy")[::2] == (99.1, 98.9)


# %% on-problems-of-other-kinds
from firstorder.claims import CLAIMS
from firstorder.lab.wider import KINDS
from firstorder.lab.wider_results import alike, ended, smaller
from firstorder.problems.embeddings import neighbours

reads = {name: {key: round(100 * np.mean(r["accuracy"]), 1) for key, r in found(name).items()} for name in kinds}
assert [reads["moved"][key] for key in ("soap", "muon", "lion", "adam", "momentum", "sgd")] == [
    91.6, 89.1, 86.2, 79.3, 50.8, 44.1]
assert list(ranked(found("moved"))).index("adam") > list(ranked(found("moved"))).index("signum")
assert 0.02 < np.mean(convolution["soap"]["accuracy"]) - np.mean(convolution["sgd"]["accuracy"]) < 0.025
scratch = {key: round(100 * np.mean(r["accuracy"]), 1) for key, r in found("from_scratch").items()}
assert [scratch[key] for key in ("soap", "adam", "momentum", "sgd")] == [92.7, 87.5, 80.2, 69.0]
assert [reads["fine_tuning"][key] for key in ("soap", "adam", "momentum", "sgd")] == [93.4, 90.3, 89.4, 85.0]
for name, first in (("moved", "soap"), ("fine_tuning", "soap"), ("neighbours", "row_adagrad")):
    first_of, p = against_best(found(name))
    assert first_of == first and [key for key in p if p[key] > 0.05] == [first]
assert [round(alike("convolutional", name)[0], 2) for name in kinds] == [0.61, 0.84, 0.37]
assert round(alike("convolutional", "neighbours")[1], 1) == 0.3
kept = CLAIMS["training.forgetting"].stored.values
assert [round(each) for each in kept["before"]] == [96, 40]
assert [round(kept["upright"][name]) for name in ("others", "ours")] == [72, 74]
assert round(kept["turned"]["ahead"], 1) == -1.8
factors = np.array(list(smaller().values()))
assert sum(factors > 1.01) == 7 and round(np.exp(np.log(factors).mean()), 1) == 1.5 and smaller()["rmsprop"] < 0.99
losses = {key: ended("neighbours", key).mean() for key in found("neighbours")}
below = {key: 1 - losses[key] / losses["momentum"] for key in ("rmsprop", "adagrad", "adam", "muon")}
assert all(0.035 < share < 0.05 for share in below.values())
assert sorted(losses, key=losses.get)[-4:] == ["sgd", "momentum", "signum", "lion"]
assert reads["neighbours"]["row_adagrad"] == max(reads["neighbours"].values()) == 74.4
assert found("neighbours")["row_adagrad"]["state"] == 1 / 16
assert round(1 - losses["lazy_adam"] / losses["adam"], 3) == 0.008
tried = sorted((loss, factor) for factor, loss in found("neighbours")["adagrad"]["tuning"])
assert {factor for _, factor in tried[:2]} == {10.0, 31.6228}
assert tried[1][0] - tried[0][0] < 5e-4 < tried[2][0] - tried[0][0]
pairs, _ = neighbours(KINDS)
batches = np.random.default_rng(0).integers(len(pairs.y_train), size=(20, 512))
assert round(KINDS / np.mean([len(np.unique(pairs.x_train[batch, 0])) for batch in batches])) == 9
firsts = np.bincount(pairs.x_train[pairs.y_train == 1, 0], minlength=KINDS)[: KINDS - 1]
assert np.median(firsts) == 8 and round(firsts.sum(), -4) == 80_000


# %% what-we-can-conclude-and-what-not
order = {name: list(ranked(rows(stored(), name))) for name in models}
front = set.intersection(*(set(keys[:6]) for keys in order.values()))
assert front == {"soap", "schedule_free_adamw", "shampoo", "cautious_adamw"}
for name in models:
    means = [np.mean(r["accuracy"]) for r in ranked(rows(stored(), name)).values()]
    assert 0.010 < means[0] - np.median(means) < 0.013
assert round(np.mean(convolution["sgd"]["default"]["accuracy"]), 2) == 0.13
assert np.mean(convolution["soap"]["train_loss"]) < 0.002 and 13 < 300 / 22 < 15


# %% pros-and-cons
verdicts = [made.stored.verdict for made in claims.CLAIMS.values() if made.chapter == "training"]
assert [verdicts.count(verdict) for verdict in claims.VERDICTS] == [4, 9, 2, 0]
