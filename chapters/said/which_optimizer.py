"""What proves the numbers in the text of *Which optimizer?*; run with its cells, see `book.said`."""

# %% pros-and-cons
values = {key: made.stored.values for key, made in claims.CLAIMS.items()
          if made.chapter == "which_optimizer"}
tuning = values["which_optimizer.rate_matters_more"]
assert 2.3 < tuning["choice"] < 2.5 and 3.6 < tuning["rate"] < 3.9
bands = values["which_optimizer.less_tuning"]
assert all(1.7 < bands[f"{key}_sgd"]["ours"] < 1.95 for key in ("adagrad", "rmsprop", "adam"))
assert round(bands["adam_sgd"]["others"], 1) == 1.2 and round(bands["adam_momentum"]["others"], 1) == 1.5
orders = values["which_optimizer.ranking_depends_on_budget"].values()
assert len({order for order in orders if "Adam" in str(order)}) == 1
general = values["which_optimizer.general_is_never_worse"]
assert 0.2 < general["adam"]["ahead"] < 0.3
assert general["corrected"]["low"] < -0.1 < -0.01 < general["uncorrected"]["low"]
assert all(abs(span - 1.5) < 1e-9 for span in values["which_optimizer.rate_carries_over"].values())
adams = [row["lr"] for row in stored()["rows"] if row["optimizer"] == "adam"]
assert round(min(adams), 3) == 0.01 and round(max(adams), 3) == 0.1
assert round(kept.stored("words")["adagrad"], 1) == 0.3
assert all(round(rows(results, "two_layer")["adamw"]["lr"], 2) == 0.03 for results in (stored(), stored("cosine")))
