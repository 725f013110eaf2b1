"""How frames are compressed on their way to the client. https://docs.discord.com/developers/events/gateway#transport-compression"""

import importlib
import zlib
from collections.abc import Callable

Compressor = Callable[[bytes], bytes]


class UnknownCompressionError(Exception):
    """A client asked for a compression that this machine cannot do."""


def compressor(wanted: str) -> Compressor | None:
    """What makes a frame of a connection out of JSON; None if frames go as they are."""
    match wanted:
        case "":
            return None
        case "zlib-stream":
            return _zlib()
        case "zstd-stream":
            return _zstd()
        case _:
            raise UnknownCompressionError(wanted)


def _zlib() -> Compressor:
    context = zlib.compressobj()
    return lambda frame: context.compress(frame) + context.flush(zlib.Z_SYNC_FLUSH)


def _zstd() -> Compressor:
    # discord.py asks for it only where this package is installed, so it is no dependency of ours.
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError as error:
        raise UnknownCompressionError("zstd-stream") from error
    context = zstandard.ZstdCompressor().compressobj()
    return lambda frame: context.compress(frame) + context.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
