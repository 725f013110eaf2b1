"""`python -m bot` as a process of its own, in a folder of its own, with exactly the settings that a test names."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeVar

import aiohttp

from bot.clock import SystemClock

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
_OFTEN = 0.02
_CLOCK = SystemClock()
_RUNS = count(1)
# What a log must not have: whatever the interpreter or aiohttp says of things that were not closed or not looked at.
_UNTIDY = ("Traceback", "ResourceWarning", "Unclosed", "never retrieved", "never awaited")


async def eventually(look: Callable[[], T | None], seconds: float = 30.0) -> T:
    """The first true value that `look` gives; an AssertionError with its source if there is none in time."""
    ends = _CLOCK.now() + seconds
    while not (found := look()):
        assert _CLOCK.now() < ends, f"not within {seconds} s"
        await _CLOCK.sleep(_OFTEN)
    return found


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Bot:
    """This is one run of `python -m bot`, with what it wrote."""

    process: Process
    out: Path
    err: Path
    health_url: str
    secrets: tuple[str, ...]

    @property
    def printed(self) -> str:
        """What it has written to standard output so far."""
        return self.out.read_text()

    @property
    def log(self) -> str:
        """What it has written to standard error so far."""
        return self.err.read_text()

    @property
    def ended(self) -> bool:
        return self.process.returncode is not None

    async def exit_code(self, seconds: float = 30.0) -> int:
        """Its exit code, as soon as it has ended by itself."""
        async with asyncio.timeout(seconds):
            return await self.process.wait()

    async def stop(self) -> int:
        """Ask it to end as a container does, and return its exit code."""
        self.process.terminate()
        return await self.exit_code()

    async def status(self, path: str) -> int:
        """The HTTP status of its health server for this path, 0 if nobody answers."""
        async with aiohttp.ClientSession() as session:
            try:
                async with session.get(self.health_url + path) as response:
                    return response.status
            except aiohttp.ClientError:
                return 0

    async def becomes(self, status: int, path: str = "/readyz", seconds: float = 30.0) -> None:
        """Wait until its health server says so."""
        ends = _CLOCK.now() + seconds
        while (said := await self.status(path)) != status:
            assert not self.ended, f"it has ended with {self.process.returncode}: {self.log}"
            assert _CLOCK.now() < ends, f"{path} says {said} after {seconds} s"
            await _CLOCK.sleep(_OFTEN)

    def check_log(self) -> None:
        """Fail if its log has anything that nobody should ever see in one."""
        written = self.log + self.printed
        assert not [word for word in _UNTIDY if word in written], written
        assert not [secret for secret in self.secrets if secret in written], "a secret is in the log"


@asynccontextmanager
async def started(folder: Path, *arguments: str, settings: Mapping[str, str]) -> AsyncGenerator[Bot]:
    """Start `python -m bot ARGUMENTS` with these settings and nothing else; it is gone at the end, whatever happens.

    `folder` is where it stands, and where its database is unless a setting says otherwise.
    """
    settings = {"HTTP_PORT": str(free_port()), "LOG_LEVEL": "info", **settings}
    secrets = tuple(value for name, value in settings.items() if _is_secret(name) and len(value) > 5)
    run = next(_RUNS)
    with (folder / f"{run}.out").open("w") as out, (folder / f"{run}.err").open("w") as err:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *arguments, cwd=folder, env=_environment(settings), stdout=out, stderr=err
        )
    bot = Bot(process, Path(out.name), Path(err.name), f"http://127.0.0.1:{settings['HTTP_PORT']}", secrets)
    try:
        yield bot
    finally:
        if not bot.ended:
            process.kill()
            await process.wait()
        print(f"--- python -m bot {' '.join(arguments)} -> {process.returncode}", bot.log, bot.printed, sep="\n")


@asynccontextmanager
async def running(folder: Path, settings: Mapping[str, str]) -> AsyncGenerator[Bot]:
    """Start `python -m bot run` and wait until it is ready; it has to end with exit code 0 and a clean log."""
    async with started(folder, "run", settings=settings) as bot:
        await bot.becomes(200)
        yield bot
        assert (bot.process.returncode if bot.ended else await bot.stop()) == 0
        bot.check_log()


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "always::ResourceWarning",
        **settings,
    }


def _is_secret(name: str) -> bool:
    return name.endswith(("_TOKEN", "_KEY", "_SECRET")) and not name.endswith("_FILE")
