"""What people write as the address of a database, read into what the drivers need. Pure.

Providers hand out addresses for libpq and for other drivers; what has the same meaning here is translated, what is harmless is
dropped, and anything else is a problem that is said, never with the password.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from bot.errors import ConfigurationInvalid

_HOW = "use sqlite:///path/to/file.db or postgresql://user:password@host:5432/database."

# asyncpg reads these as libpq does: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_PASSED_ON = frozenset(
    {
        "host",
        "port",
        "dbname",
        "user",
        "password",
        "passfile",
        "sslmode",
        "sslcert",
        "sslkey",
        "sslrootcert",
        "sslcrl",
        "sslnegotiation",
        "target_session_attrs",
        "application_name",
        "options",
        "search_path",
    }
)
# asyncpg neither binds channels nor takes a timeout here (ours is shorter); the others speak to other drivers' pools
_DROPPED = frozenset(
    {"channel_binding", "connect_timeout", "gssencmode", "schema", "connection_limit", "pool_timeout", "pool_size"}
)
_SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """This is a database in one file; `path` "" is one in memory, gone at exit."""

    path: str


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """This is a database on a server, as a DSN that asyncpg reads; `pooler` says that transactions share connections."""

    dsn: str = field(repr=False)
    pooler: bool = False


Address = SqliteFile | PostgresServer


def read_address(written: str) -> Address:
    """Read an address as people write it; raise `ConfigurationInvalid` with one sentence, without any part that may be secret."""
    written = written.strip()
    if not written.isprintable():
        raise _unusable("has control characters in it: write it again by hand.")
    scheme, colon, rest = written.partition("://")
    if not colon:
        return _bare_path(written)
    match scheme.lower().partition("+")[0]:
        case "sqlite" | "sqlite3":
            return _sqlite(rest)
        case "postgres" | "postgresql" | "pgsql":
            return _postgres(rest)
        case _:
            raise _unusable(f"is for a database that Footnote does not know: {_HOW}")


def _unusable(problem: str) -> ConfigurationInvalid:
    return ConfigurationInvalid((f"DATABASE_URL {problem}",))


def _bare_path(written: str) -> SqliteFile:
    if written == ":memory:":
        return SqliteFile("")
    if not written or "@" in written or re.match(r"[A-Za-z][\w+]+:", written):
        raise _unusable(f"is not an address: {_HOW}")
    return SqliteFile(written)


def _sqlite(rest: str) -> SqliteFile:
    path, question, _ = rest.partition("?")
    if question:
        raise _unusable("has options after the question mark, and SQLite takes none here: remove them.")
    path = unquote(path)
    # three slashes and a relative path, four and an absolute one; with two, people mean the relative path
    named = path.removeprefix("/")
    if path and not named:
        raise _unusable("names no file: write sqlite:///data/footnote.db, or sqlite:///:memory: to keep nothing.")
    path = named
    return SqliteFile("" if path == ":memory:" else path)


def _postgres(rest: str) -> PostgresServer:
    try:
        parts = urlsplit(f"postgresql://{rest}")
        hosts = _hosts(parts)
    except ValueError:
        raise _unusable(
            "cannot be read: special characters in the password have to be percent-encoded (/ is %2F, # is %23, ? is %3F)."
        ) from None
    query, pooler = _options(parts)
    account = parts.netloc.rpartition("@")[0]
    user, colon, password = account.partition(":")
    who = quote(unquote(user), safe="") + colon + quote(unquote(password), safe="")
    authority = f"{who}@{hosts}" if account else hosts
    return PostgresServer(f"postgresql://{authority}{parts.path}{query}", pooler)


def _hosts(parts: SplitResult) -> str:
    """The hosts as written, several with commas between them; raise ValueError where a password was cut in two."""
    hosts = parts.netloc.rpartition("@")[2]
    if parts.fragment or "@" in parts.path + parts.query:
        raise ValueError
    for host in hosts.split(","):
        port = re.sub(r"^\[[^]]*\]|^[^:]*", "", host).removeprefix(":")
        if port and int(port) not in range(1, 65536):
            raise ValueError
    return hosts


def _options(parts: SplitResult) -> tuple[str, bool]:
    kept: dict[str, str] = {}
    pooler = False
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        match name:
            case "ssl":
                kept["sslmode"] = {"true": "require", "false": "disable"}.get(value.lower(), value)
            case "pgbouncer":
                pooler = value.lower() == "true"
            case "prepared_statement_cache_size" | "statement_cache_size":
                pooler = value == "0"
            case _ if name in _PASSED_ON:
                kept[name] = value
            case _ if name not in _DROPPED:
                raise _unusable(f"has an option that is not known here: {name}. Remove it.")
            case _:
                pass
    if kept.get("sslmode", "require") not in _SSL_MODES:
        raise _unusable(f"has an unknown sslmode: use one of {', '.join(sorted(_SSL_MODES))}.")
    return (f"?{urlencode(kept, quote_via=quote)}" if kept else ""), pooler
