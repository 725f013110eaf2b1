"""Where the local page is served."""

from dataclasses import dataclass

PORT = 8000


@dataclass(frozen=True, slots=True)
class PlaygroundSettings:
    """This is where the page is: only ever on this machine. `port` 0 takes any free one; `browser` opens it there."""

    port: int = PORT
    host: str = "127.0.0.1"
    browser: bool = False
