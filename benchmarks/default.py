"""Measure with the defaults, whatever the machine's owner has set."""

from __future__ import annotations

import os


def environment() -> None:
    """No settings of the user: neither from the environment nor from a file; words only, as after a plain install."""
    for name in [name for name in os.environ if name.startswith("RECOLLECT_")]:
        del os.environ[name]
    os.environ["RECOLLECT_CONFIG"] = os.devnull
    os.environ["RECOLLECT_EMBEDDER"] = "none"  # vectors are measured where a benchmark asks for them by name
