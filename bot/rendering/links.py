"""Which addresses a text may link to, and where addresses are in a text. Pure.

Only what the sources or the asker's own words contain becomes a link, spelled as it stands there, never as the model wrote it.
"""

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

from bot.rendering.dialect import Linkable

_LONGEST = 2000
_DOMAINS = (
    "com|org|net|edu|gov|io|ai|co|dev|app|info|biz|xyz|me|ly|gg|site|online|top|link|click|shop|uk|de|fr|ru|cn|jp|eu"
)
_STOPS = r"\s<>\"`{}|\\^\[\]*、。，；：？！（）《》「」『』【】“”‘’…"
_ADDRESS = re.compile(
    rf"https?://[^{_STOPS}]*"
    rf"|(?<![A-Za-z0-9])(?:[a-z][a-z0-9+.\-]{{0,31}}://|www\.(?=\w)|(?:mailto|tel|sms|javascript|vbscript|data):(?=[^\s{_STOPS}])"
    rf"|(?:[a-z0-9\-]+\.)+(?:{_DOMAINS})(?::\d+)?[/?](?=\w)|(?:[a-z0-9\-]+\.){{2,}}(?:{_DOMAINS})\b)[^{_STOPS}]*",
    re.IGNORECASE,
)
_HINT = re.compile(rf"://|www\.|(?:mailto|tel|sms|script|data):|\.(?:{_DOMAINS})\b", re.IGNORECASE)
_SAFE = "!#$%&'+,-./:;=?@_~"
_TRAILING = ".,:;!?'_~&"
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2000-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")


def addresses(text: str) -> list[tuple[int, int]]:
    """Where in this text a client might see an address that it would link by itself: starts and ends."""
    if not _HINT.search(text):
        return []
    found: list[tuple[int, int]] = []
    for match in _ADDRESS.finditer(text):
        end = match.end()
        while end > match.start() and (text[end - 1] in _TRAILING or _closes_too_much(text, match.start(), end)):
            end -= 1
        found.append((match.start(), end))
    return found


def without_addresses(text: str) -> str:
    """The same text with the name of the site in place of each address."""
    for start, end in reversed(addresses(text)):
        url = text[start:end]
        text = text[:start] + (host(url if "://" in url else f"https://{url}") or "…") + text[end:]
    return text


def allowed(url: str, linkable: Linkable) -> str | None:
    """The address to link to, as a source or the asker spelled it; None if nobody named it."""
    return _known(linkable).get(_normal(url))


def source_url(number: int, linkable: Linkable) -> str | None:
    """The address behind the marker `[number]`; None if there is no such source or it is no web address."""
    if not 1 <= number <= len(linkable.sources):
        return None
    return web_address(linkable.sources[number - 1].url)


@lru_cache(maxsize=4096)
def web_address(url: str) -> str | None:
    """The address, safe to write into a link; None unless it is plain http(s) without credentials or odd characters."""
    url = url.strip()
    if len(url) > _LONGEST or _UNSAFE.search(url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return None
    if not re.fullmatch(r"[^()<>\"'`{}|^*,;!$&]+", parts.netloc):
        return None
    tidy = urlunsplit((parts.scheme.lower(), parts.netloc, *(quote(each, safe=_SAFE) for each in parts[2:])))
    return re.sub(r"@(?=everyone|here|channel)", "%40", tidy, flags=re.IGNORECASE)


def same_page(url: str) -> str:
    """What two addresses of the same page have in common."""
    return _normal(url)


def host(url: str) -> str:
    """The name of the site, for people."""
    try:
        name = urlsplit(url.strip()).hostname or ""
    except ValueError:
        name = ""
    return name.removeprefix("www.")


def _closes_too_much(text: str, start: int, end: int) -> bool:
    """Whether the last character is a parenthesis that was opened before the address."""
    return text[end - 1] == ")" and text.count("(", start, end) < text.count(")", start, end)


@lru_cache(maxsize=64)
def _known(linkable: Linkable) -> dict[str, str]:
    urls = [*linkable.urls, *(source.url for source in linkable.sources)]
    return {_normal(url): safe for url in urls if (safe := web_address(url))}


def _normal(url: str) -> str:
    """What makes two spellings the same address: scheme and host in any case, no fragment, no last slash."""
    url = url.strip()
    if url[:4].lower() == "www.":
        url = "https://" + url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if _UNSAFE.search(url):
        return url
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/"), parts.query, ""))
