"""A network that can stop: carries bytes between loopback and a server's socket until it is frozen, and then says nothing."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path


class FrozenProxy:
    """This is a TCP port in front of a Unix socket; frozen, it keeps every connection open and moves no byte."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._moving = asyncio.Event()
        self._moving.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def freeze(self) -> None:
        self._moving.clear()

    def cut(self) -> None:
        """End all connections."""
        for task in self._tasks:
            task.cancel()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await self._carry(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_unix_connection(str(self._socket))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, forth))
                group.create_task(self._pump(back, writer))
        finally:
            forth.close()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while chunk := await source.read(65536):
            await self._moving.wait()
            target.write(chunk)
            await target.drain()
        target.close()


@asynccontextmanager
async def frozen_proxy(socket: Path) -> AsyncGenerator[FrozenProxy]:
    proxy = FrozenProxy(socket)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        await server.wait_closed()
