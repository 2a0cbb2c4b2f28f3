"""Requests of tools: what is searched of them, and how like they are to each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..core.text import analyser
from ..errors import Invalid
from .values import checked_json


def as_json(value: Any) -> str:
    """Compared as JSON: to Python true and 1 are equal."""
    return json.dumps(value, sort_keys=True)


def asked(request: str | Mapping[str, Any]) -> str:
    """A request as a text; refused if it is neither a text nor a mapping with a tool."""
    if isinstance(request, str):
        return request
    if not isinstance(request, Mapping) or "tool" not in request:
        raise Invalid("a request is a text, or a mapping with 'tool' and 'input'")
    return request_text(str(request["tool"]), checked_json(request.get("input"), "input"))


def request_text(tool: str, input: Any) -> str:
    """A request as it is searched, the same when it is asked and when it is kept; the order of keys does not matter."""
    if input is None or isinstance(input, str):
        return f"{tool} {input or ''}".strip()
    return f"{tool} {json.dumps(input, sort_keys=True, ensure_ascii=False)}"


def _words(text: str) -> frozenset[str]:
    return frozenset(analyser("en").words(text))


def likeness(request: str | Mapping[str, Any], tool: str, input: Any) -> float:
    """How much of its words a request shares with a call of this tool, from 0 to 1 (Jaccard index); -1 for another tool.

    Every call of a tool shares its name and the names of its parameters: those do not count.
    """
    if isinstance(request, str):
        mine, known = _words(request), _words(request_text(tool, input))
    elif request["tool"] != tool:
        return -1.0
    else:
        mine, known = _words(_values(request.get("input"))), _words(_values(input))
        if not mine or not known:
            return float(as_json(request.get("input")) == as_json(input))
    return len(mine & known) / len(mine | known) if mine or known else 0.0


def _values(input: Any) -> str:
    if isinstance(input, Mapping):
        return " ".join(_values(input[name]) for name in sorted(input))
    return " ".join(map(_values, input)) if isinstance(input, (list, tuple)) else "" if input is None else str(input)


def nearness(alike: float, least: float) -> float:
    """From what vectors say to a share: 0 is the least alike of those compared, 1 is the same text, whatever the embedder's own scale."""
    return (alike - least) / (1 - least) if least < 1 else 1.0
