"""Where the database is. Pure."""

from dataclasses import dataclass, field

from bot.config import Reader
from bot.errors import ConfigurationInvalid
from storage.addresses import read_address

DEFAULT_URL = "sqlite:///data/footnote.db"


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """These are the settings of the store; the address may hold a password."""

    database_url: str = field(default=DEFAULT_URL, repr=False)


def read(reader: Reader) -> StorageSettings:
    """Fill the settings; problems stay in `reader`."""
    url = reader.secret("DATABASE_URL") or DEFAULT_URL
    try:
        read_address(url)
    except ConfigurationInvalid as error:
        reader.problems.extend(error.problems)
        return StorageSettings()
    return StorageSettings(url)
