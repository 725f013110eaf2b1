"""Which characters a database takes. Pure.

PostgreSQL refuses U+0000, and a lone half of a surrogate pair has no UTF-8; both come out of escaped JSON now and then.
"""

from bot.model import Source


def storable(text: str) -> str:
    """The same text without U+0000, with broken surrogates mended where they pair up and replaced where they do not."""
    text = text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def storable_source(source: Source) -> Source:
    """The same source in storable characters."""
    return Source(storable(source.url), storable(source.title), storable(source.date))
