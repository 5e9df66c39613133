"""What `checks.prose` counts."""

import pytest

from checks import prose

CHAPTER = """---
kernelspec:
  name: python3
---

# A title. Not counted

**Scaling.** We divide by `16`, see {doc}`adam`. Then $x = 1.5$ holds, by
Bottou et al. (2018) too.

% point: Not counted either.

1. It is

$$
x = 1
$$ (eq-x)

2. A list of six words here.

```{dropdown} Solution
It is three.
```

| a table | is not |
|---|---|

```{code-cell}
:tags: [hide-cell]

print("nor is. This.")
```

The mean

$$
m = 2
$$

is two! Is it?

## Sources

Nor these.
"""


def test_sentences_are_those_of_the_running_text():
    assert prose.read(CHAPTER).sentences == [
        "We divide by ×, see ×.",
        "Then × holds, by Bottou et al. (2018) too.",
        "It is",
        "A list of six words here.",
        "It is three.",
        "The mean is two!",
        "Is it?",
    ]


def test_short_sentences_and_the_mean_are_counted_in_words():
    found = prose.Read(["one " * 8, "one " * 9, "one " * 13], 0.0)
    assert (found.words, found.mean, found.short) == (30, 10, pytest.approx(1 / 3))


def test_code_is_counted_in_lines_of_cells_alone():
    assert prose.code("text\n\n```{code-cell}\nx = 1\n```\n\n```python\nshown\n```\n") == pytest.approx(3 / 9)


def test_chapters_come_in_the_order_of_the_book_without_its_lists():
    names = prose.chapters([])
    assert names.index("momentum") < names.index("adam")
    assert not prose.LISTS & set(names)
    with pytest.raises(SystemExit, match="no such chapter: atlas"):
        prose.chapters(["atlas"])
