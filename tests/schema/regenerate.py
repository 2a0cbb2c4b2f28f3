"""Write the snapshots of the schema anew: ``python tests/schema/regenerate.py``, after a migration was added."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "engines"), str(HERE)]

if __name__ == "__main__":
    import psycopg
    import test_server_schema
    from test_schema import SNAPSHOT, Memory, snapshot

    from servers import DATABASES

    with tempfile.TemporaryDirectory() as folder:
        Memory(Path(folder) / "agent.db").close()
        SNAPSHOT.write_text(snapshot(Path(folder) / "agent.db"), encoding="utf-8")
    with psycopg.connect(DATABASES.url("snapshot")) as connection:
        test_server_schema.SNAPSHOT.write_text(test_server_schema.snapshot(connection), encoding="utf-8")
