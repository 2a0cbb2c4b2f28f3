"""The embedder for tests: the same everywhere, and with the sense of words that are the same."""

from __future__ import annotations

import numpy as np
import pytest

from recollect.embedders import Embedder, embedding
from recollect.errors import Invalid
from recollect.testing import HashEmbedder


def test_the_same_text_has_the_same_vector_everywhere() -> None:
    found = HashEmbedder(8).embed_query("The cat sat")
    assert found.tolist() == pytest.approx(HashEmbedder(8).embed_documents(["the CAT, sat!"])[0].tolist())
    assert (HashEmbedder(8).embed_query("cat") > 0).tolist() == [True, False, False, False, True, False, False, True]


@pytest.mark.parametrize("dimension", [1, 7, 64, 100, 768])
def test_vectors_have_the_size_that_was_asked_for_and_length_one(dimension: int) -> None:
    made = HashEmbedder(dimension)
    found = made.embed_documents(["a cat", "kočka 猫", "x"])
    assert found.shape == (3, dimension)
    assert np.linalg.norm(found[2]) == pytest.approx(1)
    assert made.embed_documents([]).shape == (0, dimension)


def test_texts_that_share_words_lie_near_each_other() -> None:
    made = HashEmbedder()
    asked = made.embed_query("where does the cat sleep")
    near, far = made.embed_documents(["The cat does sleep on the sofa.", "Invoices were paid on Monday."])
    assert asked @ near > 0.5 > abs(asked @ far)


def test_a_text_without_words_has_no_vector() -> None:
    made = embedding(HashEmbedder())
    assert made is not None
    assert made.question("?!") is None


def test_it_is_an_embedder_that_is_fast_unless_it_is_told_not_to_be() -> None:
    assert isinstance(HashEmbedder(), Embedder)
    quick, slow = embedding(HashEmbedder()), embedding(HashEmbedder(fast=False))
    assert quick is not None
    assert slow is not None
    assert (quick.fast, slow.fast, quick.name, quick.dimension) == (True, False, "hash/64", 64)


@pytest.mark.parametrize("dimension", [0, -1, 1.5, "8"])
def test_a_dimension_that_is_none_is_refused(dimension: object) -> None:
    with pytest.raises(Invalid, match="dimension must be a whole number"):
        HashEmbedder(dimension)  # type: ignore[arg-type]
