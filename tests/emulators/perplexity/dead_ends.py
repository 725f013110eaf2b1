"""Addresses on loopback where no Perplexity answers: nobody listens, or nobody accepts."""

import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager


@contextmanager
def server_down() -> Generator[str]:
    """The address of a server that refuses every connection: its port is taken, and nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield _url(sock)


@contextmanager
def server_stuck() -> Generator[str]:
    """The address of a server that neither accepts nor refuses: its queue is full, so that Linux drops what comes."""
    with ExitStack() as stack:
        sock = stack.enter_context(socket.socket())
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(sock.getsockname())
        yield _url(sock)


def _url(sock: socket.socket) -> str:
    return f"http://127.0.0.1:{sock.getsockname()[1]}"
