"""The real bot, `python -m bot run`, as a process of its own: so that it has a core to itself, as at home."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.clock import SystemClock

ROOT = Path(__file__).parents[1]
_CLOCK = SystemClock()
_OFTEN = 0.01
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_TICKS = os.sysconf("SC_CLK_TCK")
_UNTIDY = ("Traceback", "never retrieved", "never awaited")


class BotFailed(Exception):
    """The process has ended, or never became ready; its log says why."""


@dataclass(slots=True)
class Bot:
    """This is a running bot; `ready_after` are the seconds from its start to `/readyz` 200."""

    process: Process
    log: Path
    port: int
    ready_after: float = 0.0

    @property
    def megabytes(self) -> float:
        """Resident memory now."""
        return self._status("VmRSS:") / 1024

    @property
    def most_megabytes(self) -> float:
        """The most resident memory so far."""
        return self._status("VmHWM:") / 1024

    @property
    def cpu_seconds(self) -> float:
        """Processor time used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def _status(self, name: str) -> int:
        lines = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith(name)))


@asynccontextmanager
async def running(settings: Mapping[str, str]) -> AsyncGenerator[Bot]:
    """Start the bot with these settings and nothing else, in an empty folder, and wait until it is ready."""
    with TemporaryDirectory(prefix="footnote-bench-") as folder:
        log, port = Path(folder) / "log.txt", _free_port()
        began = _CLOCK.now()
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"),
                cwd=folder,
                env=_environment({**settings, "HTTP_PORT": str(port)}),
                stdout=out,
                stderr=out,
            )
        bot = Bot(process, log, port)
        try:
            await _becomes_ready(bot)
            bot.ready_after = _CLOCK.now() - began
            yield bot
        finally:
            await _stop(bot)


async def _becomes_ready(bot: Bot) -> None:
    ends = _CLOCK.now() + _START_SECONDS
    while not await _ready(bot.port):
        if bot.process.returncode is not None or _CLOCK.now() > ends:
            raise BotFailed(bot.log.read_text(encoding="utf-8")[-2000:])
        await _CLOCK.sleep(_OFTEN)


async def _ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    with closing(writer):
        try:
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b" 200 " in await reader.readline()
        except OSError:
            return False


async def _stop(bot: Bot) -> None:
    """Ask it to end as a container does; what its log should not say is printed."""
    if bot.process.returncode is None:
        bot.process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await bot.process.wait()
        except TimeoutError:
            print("the bot did not end when it was asked to")
            bot.process.kill()
            await bot.process.wait()
    log = bot.log.read_text(encoding="utf-8")
    if any(word in log for word in _UNTIDY):
        print("--- the bot's log", log[-4000:], "---", sep="\n")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "LOG_LEVEL": "warning",
        **settings,
    }
