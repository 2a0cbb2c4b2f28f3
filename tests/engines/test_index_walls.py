"""The wall in the text index: behind each owner's number its own words, and nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from enginekit import Memory, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from recollect.engines.index import prefix

pytestmark = pytest.mark.promise("isolation")

HOSTILE = st.sampled_from(
    [
        "joe@2_lisbon.org",
        "1_secret",
        "2_secret 3_secret",
        "__init__",
        "a_b_c",
        "_",
        "___",
        "0_",
        "_0",
        "2a_lisbon",
        "snake_case_1_x",
        "x_1_y",
        "1＿secret",
        "1‿x",
        "1⁀x",
        "1﹍x",
        "１_ｘ",
        "ﬁ_ﬂ",
        "ß_ẞ",
        "İ_ı",
        "K_K",
        "²_³",
        "½_⅓",
        "①_②",
        "a\u0301_b",
        "\u200b1_x",
        "\u2028 2_x",
        "\ufeff1_x",
        "\u00ad1_x",
        '"1_x"',
        "1_x*",
        "-1_x",
        "NEAR(1_x 2_x)",
        "1_x OR 2_x",
        "{tokens}: 1_x",
        "^1_x",
        "1_x\x002_x",
        "\ud8001_x",
        "😀_1_x",
        "中_文",
        "ไทย_1",
        "가_나",
        "a.1_b.c",
        "/1_a/2_b",
        "C++_1",
        "1_::2_x",
        "~/1_x",
        "2025-01-01_x",
        "x" * 70 + "_1_y",
        "é" * 40 + "_1",
        "中" * 30 + "_2",
        "\U0001f1e6_1",
        "١_٢",
        "𝟏_𝟐",
        "Ⅷ_ⅷ",
        "\u0378_1",
        "\ue000_1",
    ]
)
TEXT = st.one_of(HOSTILE, st.text(min_size=1, max_size=60), st.lists(HOSTILE, min_size=1, max_size=4).map(" ".join))
USER = st.one_of(
    st.sampled_from(
        ["alice", "1", "2", "1_", "2_x", "_", "%", "*", "al_ce", "al%ce", "ALICE", "alice ", "'; drop table owners; --", '"', "日本", "a" * 255]
    ),
    st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20),
)


def number(term: str) -> int:
    return int(term[: term.index("_")], 36)


@settings(max_examples=60)
@given(st.lists(st.tuples(USER, TEXT, TEXT), min_size=1, max_size=8))
def test_every_term_carries_its_owners_number_once_and_stands_in_its_owners_rows(said: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agent.db"
        with Memory(path, durability="normal") as memory:
            for user, text, more in said:
                mine = memory.scope(user=user)
                mine.messages.add("user", text, name=more)
                mine.facts.set("key", more)
                mine.facts.set("key", text)
                mine.remember(text, tags=[more])
            walls_stand(path)
            assert memory.verify() == []
            for user in {user for user, *_ in said}:
                for _, text, more in said:
                    for query in (text, more):
                        assert all(hit.record.user == user for hit in memory.scope(user=user).recall(query, limit=100))


def walls_stand(path: Path) -> None:
    owner_of: dict[int, int] = dict(rows(path, "select number, owner from documents"))
    owners = {number for (number,) in rows(path, "select number from owners")}
    terms: list[Any] = rows(path, "select doc, term from postings")
    assert terms
    for document, term in terms:
        assert term.count("_") == 1, term
        assert number(term) in owners
        assert owner_of[document] == number(term), (document, term)
        assert term.startswith(prefix(number(term)))
        assert len(term.encode()) <= 64 + len(prefix(number(term)))
        assert all(sign in "0123456789abcdefghijklmnopqrstuvwxyz_" or ord(sign) > 127 for sign in term), term


@settings(max_examples=60)
@given(st.integers(min_value=1, max_value=2**40))
def test_an_owners_prefix_is_its_number_in_base_36_and_one_underscore(owner: int) -> None:
    found = prefix(owner)
    assert number(found) == owner
    assert found.endswith("_")
    assert found.count("_") == 1


def test_the_lists_of_owners_whose_numbers_begin_alike_are_apart(tmp_path: Path) -> None:
    """1_, 10_, 1a_: an upper bound that is chosen badly would reach into the next."""
    with Memory(tmp_path / "agent.db", durability="normal") as memory:
        with memory.atomic() as tx:
            for user in range(80):
                tx.scope(user=f"user {user}").facts.set("secret", f"word{user} common")
        walls_stand(tmp_path / "agent.db")
        assert memory.verify() == []
        for user in (0, 1, 34, 35, 36, 37, 79):
            mine = memory.scope(user=f"user {user}")
            assert [hit.record.value for hit in mine.recall("common", limit=100)] == [f"word{user} common"]
            assert mine.recall(" ".join(f"word{other}" for other in range(80) if other != user), limit=100) == []
            for other in range(80):
                assert all(hit.record.user == f"user {user}" for hit in mine.recall(f"{prefix(other + 1)}common", limit=5))


def test_a_question_written_as_a_term_of_another_finds_nothing_of_the_other(tmp_path: Path) -> None:
    with Memory(tmp_path / "agent.db") as memory:
        memory.scope(user="alice").facts.set("city", "Lisbon")
        memory.scope(user="bob").facts.set("city", "Porto")
        terms = [term for (term,) in rows(tmp_path / "agent.db", "select distinct term from postings")]
        for term in terms:
            for query in (term, f'"{term}"', f"x {term}", f"{term}*", term.replace("_", "__"), term.replace("_", "＿")):
                for user in ("alice", "bob"):
                    assert all(hit.record.user == user for hit in memory.scope(user=user).recall(query))


def test_two_tenants_with_a_user_of_the_same_name_are_two_owners(tmp_path: Path) -> None:
    with Memory(tmp_path / "agent.db") as memory:
        for tenant in ("acme", "globex"):
            memory.scope(tenant=tenant, user="alice").facts.set("secret", f"the secret of {tenant}")
        for tenant in ("acme", "globex"):
            assert [hit.record.value for hit in memory.scope(tenant=tenant, user="alice").recall("secret")] == [f"the secret of {tenant}"]
            assert [hit.record.value for hit in memory.scope(tenant=tenant).recall("secret")] == [f"the secret of {tenant}"]
        assert memory.recall("secret") == []
        assert memory.scope(user="alice").recall("secret") == []
