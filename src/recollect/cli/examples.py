"""The examples in the help of the derived commands: lines that a person could type, with values that the kind makes sense of."""

from __future__ import annotations

from collections.abc import Iterable

_VALUES = {
    "id": "3f9a1c07", "time": "2025-06-01", "before": "2025-01-01", "query": "flat in Lisbon", "external_id": "chat-17", "version": "1",
    "session": "5d2e9b40", "token": "0198f2c4-77aa-7e01-b3c1-5d2e3f9a1c07",
}  # fmt: skip

_OF_KIND: dict[str, dict[str, str]] = {
    "aliases": {"alias": "+351911", "canonical": "mira", "key": "+351911", "id": "+351911"},
    "audit": {"input": '"What is on today?"'},
    "blocks": {
        "key": "persona", "name": "persona", "create name": "rules", "line": "1", "content": '"You are kind and brief."',
        "text": '"Ask before you book."', "old": "kind", "new": "patient", "new_name": "character", "max_tokens": "500",
    },
    "checkpoints": {"key": "nightly/fetch", "run": "nightly", "phase": "fetch", "status": "completed"},
    "decisions": {"tool": "shell", "input": """'{"command": "rm notes.txt"}'""", "choice": "deny", "request": '"rm notes.txt"'},
    "entities": {"name": '"Tom Weber"', "key": '"thing:Tom Weber"'},
    "facts": {"key": "home_city", "value": "Lisbon"},
    "handoffs": {"to": "booker", "summary": '"Mira wants a flat in Lisbon"'},
    "interactions": {"name": "researcher"},
    "lessons": {"rule": '"Ask before you book"'},
    "limitations": {"title": '"Cannot read scanned letters"'},
    "links": {"source": "3f9a1c07", "target": "5d2e9b40", "record": "3f9a1c07"},
    "messages": {"role": "user", "content": '"I am moving in May."', "user": '"Where is Graça?"', "assistant": '"In Lisbon."'},
    "metrics": {"name": "latency", "value": "12.5"},
    "notes": {"text": '"Tom likes Assam tea"'},
    "observations": {"title": '"The build fails without a network"'},
    "outcomes": {"score": "1", "domain": "travel"},
    "patterns": {"type": "habit", "key": '"asks for a window seat"'},
    "preferences": {"key": "food.diet", "value": "vegetarian", "glob": '"food.*"'},
    "routes": {"intent": '"book a flight"', "chosen": "travel-agent"},
    "tasks": {"description": '"Renew the passport"', "due": "2030-03-01T09:00", "until": "2030-03-02T09:00", "error": '"the office is closed"'},
    "usage": {"model": "gpt-5", "budget": "20"},
}  # fmt: skip
"""What is not the same for every kind, or for every verb of a kind."""


def example(kind: str, verb: str, arguments: Iterable[str]) -> str:
    """A line for this verb; an argument that nothing is known of is shown by its name."""
    known = {**_VALUES, **_OF_KIND.get(kind, {})}
    return " ".join(["recollect", kind, verb, *(known.get(f"{verb} {name}", known.get(name, name.upper())) for name in arguments)])
