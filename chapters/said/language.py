"""What proves the numbers in the text of *Why Adam on language*; run with its cells, see `book.said`."""

# %% a-text-and-its-next-letter
assert (len(text()), len(data.names)) == (455_383, 77) and round(np.log(77), 2) == 4.34
assert data.names[0] == " " and data.x_train.shape[1] == 32
share = data.counts[data.counts > 0] / data.counts.sum()
assert round(-(share * np.log(share)).sum(), 2) == 3.06  # exercise 1


# %% language-fifths
for name, excess, error in (("characters", -0.02, 0.02), ("words", 0.08, 0.05)):
    behind = results.by_fifth(name)
    found = gap(behind[:, 4], behind[:, :4].mean(axis=1))
    assert np.allclose(found, (excess, error), atol=0.006)
    assert behind.mean(axis=0).argmax() == {"characters": 0, "words": 4}[name]
assert round(results.by_fifth("words").mean(axis=0)[4], 2) == 0.16


# %% language-fifths-2
shares = [results.needed(name).mean() for name in ("characters", "words", "groups")]
assert np.allclose(shares, (0.82, 0.70, 0.33), atol=0.006)
counts = language.setting("groups").data.counts
assert counts.max() < 1.1 * counts.min()


# %% language-closed
shares = {key: results.closed(key) for key in ("block_adam", "row_adam", "signum", "normalised_momentum")}
assert np.allclose([share for share, *_ in shares.values()], (0.53, 0.81, 0.46, 0.15), atol=0.006)
assert shares["row_adam"][1] > 0.65 and shares["row_adam"][2] < 1
apart = {key: gap(results.lead(key=key), 0) for key in MAIN}
assert np.allclose([apart[key][0] for key in ("momentum", "muon_rms")], (0.058, -0.138), atol=6e-4)
assert rows["sgd"]["lr"] == 1 and dict(rows["sgd"]["tuning"])[1.78] > 3
larger, kept = results.needed("large batches"), results.sound("large batches")
assert round(larger[kept].mean(), 2) == 0.63 and kept.sum() == 19
assert max(rows, key=lambda key: np.std(rows[key]["test_loss"])) == "lion"
found = claims.CLAIMS["language.blocks"].stored.values
assert 1300 < found["start"] < 1500 and 200 < found["start_digits"] < 220
assert 100 < found["learned"] < 120 and 19 < found["learned_digits"] < 22
digits = sorted(found["blocks"]["start_digits"].values())
assert digits[-2] < 2 * digits[0]
