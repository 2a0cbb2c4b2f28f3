"""Entities: things with a name, resolved to the letter, and what links lead to from them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from recollect import Conflict, Invalid, NotFound

HOUR = timedelta(hours=1)


def named(view: Any, *names: str) -> list[Any]:
    return [view.entities.add(name) for name in names]


def reached(neighbours: Any) -> list[tuple[str, int]]:
    return [(neighbour.record.name, neighbour.depth) for neighbour in neighbours]


def test_add_keeps_an_entity_under_its_type_and_name(alice: Any) -> None:
    mira = alice.entities.add("Mira", "person", aliases=["M.", "mira@example.org"], attributes={"born": 1990, "likes": ["tea"]}, source="a chat")
    assert (mira.key, mira.type, mira.name, mira.source) == ("person:Mira", "person", "Mira", "a chat")
    assert (mira.aliases, mira.attributes) == (("M.", "mira@example.org"), {"born": 1990, "likes": ["tea"]})
    assert alice.entities.get("person:Mira") == alice.entities.get(mira.id) == mira


def test_a_name_is_enough(alice: Any) -> None:
    (rock,) = named(alice, "Gibraltar")
    assert (rock.key, rock.aliases, rock.attributes, rock.source) == ("thing:Gibraltar", (), {}, None)


@pytest.mark.parametrize("other", ["mira", "Mira ", "Mìra", "Mirra", "Mira\u0301"])
def test_names_that_look_alike_are_never_merged(alice: Any, other: str) -> None:
    """Defect 17 of sessions-db: names within 85 per cent of each other were taken for one."""
    named(alice, "Mira", other)
    assert alice.entities.count() == 2


def test_the_same_name_of_another_type_is_another_entity(alice: Any) -> None:
    assert alice.entities.add("Mercury", "planet").id != alice.entities.add("Mercury", "metal").id


def test_adding_again_joins_aliases_and_attributes(alice: Any) -> None:
    first = alice.entities.add("Mira", "person", aliases=["M.", "Mi"], attributes={"born": 1990, "city": "Porto"}, source="a chat")
    again = alice.entities.add("Mira", "person", aliases=["Mi", "Mimi"], attributes={"city": "Lisbon", "born": None, "tall": True})
    assert (again.id, again.version, again.aliases) == (first.id, 2, ("M.", "Mi", "Mimi"))
    assert (again.attributes, again.source) == ({"city": "Lisbon", "tall": True}, "a chat")


def test_adding_the_same_again_changes_nothing(alice: Any, clock: Any) -> None:
    first = alice.entities.add("Mira", aliases=["M."], attributes={"b": 1, "a": None})
    clock.advance(HOUR)
    assert alice.entities.add("Mira", aliases=["M."], attributes={"b": 1}) == first
    assert alice.entities.add("Mira") == first


@pytest.mark.parametrize(
    "arguments", [{"name": ""}, {"name": 5}, {"name": "a\nb"}, {"name": "x" * 250}, {"type": ""}, {"type": "a:b"}, {"type": None},
                  {"aliases": "M."}, {"aliases": [""]}, {"aliases": [" "]}, {"aliases": [5]}, {"attributes": ["a"]},
                  {"attributes": {"a": object()}}, {"source": ""}],
)  # fmt: skip
def test_an_entity_that_cannot_be_one_is_invalid(alice: Any, arguments: Any) -> None:
    with pytest.raises(Invalid):
        alice.entities.add(**{"name": "Mira", "type": "person"} | arguments)
    assert alice.entities.count() == 0


@pytest.mark.parametrize("name", ["a:b", "%", "愛", "🦜", "O'Brien", "x" * 249, " "])
def test_a_name_may_be_any_line(alice: Any, name: str) -> None:
    entity = alice.entities.add(name)
    assert alice.entities.get(f"thing:{name}") == alice.entities.resolve(name) == entity


# resolve


def test_resolve_finds_by_the_name_and_else_by_an_alias(alice: Any) -> None:
    mira, other = alice.entities.add("Mira", aliases=["M."]), alice.entities.add("M.")
    tom = alice.entities.add("Tom", aliases=["Thomas", "T."])
    assert alice.entities.resolve("M.") == other
    assert alice.entities.resolve("Mira") == mira
    assert alice.entities.resolve("Thomas") == tom


@pytest.mark.parametrize("name", ["thomas", "Thoma", "Tom%", "", "\0", "\ud800", "[]", 'Thomas"', "x" * 1000, 5, None])
def test_resolve_is_to_the_letter_and_unknown_is_none(alice: Any, name: Any) -> None:
    alice.entities.add("Tom", aliases=["Thomas"])
    assert alice.entities.resolve(name) is None


@pytest.mark.parametrize("field", ["name", "alias"])
def test_several_of_one_name_are_a_conflict_until_the_type_is_named(alice: Any, field: str) -> None:
    more = {} if field == "name" else {"aliases": ["Hg"]}
    for type in ("planet", "metal"):
        alice.entities.add("Mercury" if field == "name" else type, type, **more)
    name = "Mercury" if field == "name" else "Hg"
    with pytest.raises(Conflict, match=r"metal:.* planet:"):
        alice.entities.resolve(name)
    assert alice.entities.resolve(name, "metal").type == "metal"
    assert alice.entities.resolve(name, "person") is None
    with pytest.raises(Invalid, match="type"):
        alice.entities.resolve(name, 5)


def test_resolve_sees_the_projects_own_entity_instead_of_the_general_one(alice: Any, memory: Any) -> None:
    atlas = alice.scope(project="atlas")
    general, own = alice.entities.add("Mira", aliases=["M."]), atlas.entities.add("Mira", aliases=["Mimi"])
    memory.scope(user="bob").entities.add("Mira")
    assert atlas.entities.resolve("Mira") == atlas.entities.resolve("Mimi") == own
    assert alice.entities.resolve("Mira") == alice.entities.resolve("M.") == general
    assert memory.entities.resolve("Mira") is None


def test_a_deleted_entity_is_not_resolved(alice: Any) -> None:
    alice.entities.add("Mira", aliases=["M."])
    alice.entities.delete("thing:Mira")
    assert alice.entities.resolve("Mira") is alice.entities.resolve("M.") is None
    alice.entities.undelete("thing:Mira")
    assert alice.entities.resolve("M.").name == "Mira"


def test_a_deleted_entity_added_again_begins_anew_with_its_history(alice: Any) -> None:
    first = alice.entities.add("Mira", aliases=["M."], attributes={"born": 1990}, source="a chat")
    alice.entities.delete("thing:Mira")
    again = alice.entities.add("Mira", attributes={"city": "Lisbon"})
    assert (again.id, again.version, again.aliases, again.attributes, again.source) == (first.id, 3, (), {"city": "Lisbon"}, None)
    assert [version.attributes for version in alice.entities.history("thing:Mira")][-1] == {"born": 1990}


def test_as_of_shows_what_was_known_then_and_revert_brings_it_back(alice: Any, clock: Any) -> None:
    alice.entities.add("Mira", attributes={"city": "Porto"})
    then = clock()
    clock.advance(HOUR)
    alice.entities.add("Mira", attributes={"city": "Lisbon"})
    assert [entity.attributes for entity in alice.entities.as_of(then)] == [{"city": "Porto"}]
    assert alice.entities.revert("thing:Mira", 1).attributes == {"city": "Porto"}


def test_an_entity_is_found_by_name_type_alias_and_attribute(alice: Any) -> None:
    alice.entities.add("Mira", "gardener", aliases=["walnut"], attributes={"home": {"city": "Lisbon"}, "tall": True})
    for word in ("Mira", "gardeners", "walnut", "Lisbon", "home"):
        assert [entity.name for entity in alice.entities.search(word)] == ["Mira"]


def test_long_attributes_are_found_and_leave_the_index_sound(alice: Any, memory: Any) -> None:
    """They are indexed in parts, so their order must be the same before and after they are stored."""
    alice.entities.add("Mira", attributes={"z": "walnut " * 1500, "a": {"d": "pepper " * 800, "b": "zebra " * 800}})
    assert memory.verify() == []
    alice.entities.add("Mira", attributes={"z": None, "a": None})
    assert memory.verify() == []
    assert alice.entities.search("walnut pepper zebra") == []


def test_an_administrators_entity_is_the_tenants_own(memory: Any, alice: Any) -> None:
    own, alices = memory.entities.add("Mira"), alice.entities.add("Mira", attributes={"city": "Lisbon"})
    assert own.id != alices.id
    assert memory.entities.resolve("Mira") == own
    assert alice.entities.resolve("Mira") == alices
    assert len(memory.entities.by_key("thing:Mira")) == 2


# neighbours


def test_neighbours_are_what_links_lead_to_the_nearest_first(alice: Any) -> None:
    a, b, c, d = named(alice, "a", "b", "c", "d")
    alice.links.add(b, a)
    alice.links.add(b, c)
    alice.links.add(c, d)
    assert reached(alice.entities.neighbours("thing:a")) == [("b", 1)]
    assert reached(alice.entities.neighbours("thing:a", 2)) == [("b", 1), ("c", 2)]
    assert reached(alice.entities.neighbours(a.id, 20)) == [("b", 1), ("c", 2), ("d", 3)]


def test_a_neighbour_counts_by_its_shortest_way_and_circles_end(alice: Any) -> None:
    a, b, c = named(alice, "a", "b", "c")
    for one, other in ((a, b), (b, c), (c, a)):
        alice.links.add(one, other)
    assert sorted(reached(alice.entities.neighbours("thing:a", 20))) == [("b", 1), ("c", 1)]


def test_a_neighbour_may_be_any_record(alice: Any) -> None:
    (mira,) = named(alice, "Mira")
    message = alice.messages.add("user", "Mira called")
    alice.links.add(message, mira, "mentions")
    assert [neighbour.record for neighbour in alice.entities.neighbours("thing:Mira")] == [message]


def test_neighbours_by_one_kind_of_link_only(alice: Any) -> None:
    a, b, c = named(alice, "a", "b", "c")
    alice.links.add(a, b, "knows")
    alice.links.add(b, c, "works with")
    assert reached(alice.entities.neighbours("thing:a", 5, kind="knows")) == [("b", 1)]
    assert alice.entities.neighbours("thing:a", kind="know%") == []


def test_neighbours_at_a_time_go_by_links_valid_then(alice: Any, clock: Any) -> None:
    a, b, c = named(alice, "a", "b", "c")
    alice.links.add(a, b, valid_to=clock())
    alice.links.add(a, c, valid_from=clock())
    assert reached(alice.entities.neighbours("thing:a")) == [("c", 1)]
    assert reached(alice.entities.neighbours("thing:a", at=clock() - HOUR)) == [("b", 1)]


def test_a_deleted_record_and_what_lies_behind_it_are_not_reached(alice: Any) -> None:
    a, b, c = named(alice, "a", "b", "c")
    alice.links.add(a, b)
    alice.links.add(b, c)
    alice.entities.delete("thing:b")
    assert alice.entities.neighbours("thing:a", 5) == []
    alice.entities.undelete("thing:b")
    assert reached(alice.entities.neighbours("thing:a", 5)) == [("b", 1), ("c", 2)]


def test_another_users_links_lead_nowhere(alice: Any, memory: Any) -> None:
    a, b = named(alice, "a", "b")
    memory.links.add(a, b)
    assert alice.entities.neighbours("thing:a") == []
    with pytest.raises(NotFound):
        memory.scope(user="bob").entities.neighbours(a.id)


@pytest.mark.parametrize("arguments", [{"depth": 0}, {"depth": 21}, {"depth": True}, {"kind": 5}, {"kind": ""}, {"at": datetime(2025, 1, 1)}])
def test_wrong_arguments_of_neighbours_are_invalid(alice: Any, arguments: Any) -> None:
    named(alice, "a")
    with pytest.raises(Invalid):
        alice.entities.neighbours("thing:a", **arguments)


def test_neighbours_of_what_is_not_there_is_not_found(alice: Any) -> None:
    with pytest.raises(NotFound, match="thing:nobody"):
        alice.entities.neighbours("thing:nobody")


def test_a_block_that_fails_keeps_no_entity_and_no_link(alice: Any) -> None:
    named(alice, "a")
    with pytest.raises(Conflict), alice.atomic() as block:
        block.links.add(block.entities.get("thing:a"), block.entities.add("b"))
        assert reached(block.entities.neighbours("thing:a")) == [("b", 1)]
        raise Conflict("no")
    assert alice.entities.neighbours("thing:a") == []
    assert alice.entities.resolve("b") is None
