"""What an operator may set about the documents that answers are quoted from."""

from dataclasses import dataclass
from pathlib import Path

from bot.config import Reader

PROJECT_DOCS = Path(__file__).resolve().parents[2] / "docs"


@dataclass(frozen=True, slots=True)
class DocumentsSettings:
    """This is where the pages are and how an answer quotes them.

    `base_url` is put before the path of a page to make its address, "" for none. `passages` is the highest number of
    passages of one answer. `words_per_second` is how fast they are shown, 0 for at once.
    """

    directory: Path = PROJECT_DOCS
    base_url: str = ""
    passages: int = 3
    words_per_second: float = 60.0


def read(reader: Reader) -> DocumentsSettings:
    """Fill the settings; problems stay in `reader`. A folder that is named must exist."""
    directory = Path(reader.text("DOCUMENTS_DIR", str(PROJECT_DOCS))).expanduser()
    if directory != PROJECT_DOCS and not directory.is_dir():
        reader.problems.append(f"DOCUMENTS_DIR is {str(directory)!r}: there is no such folder.")
    return DocumentsSettings(
        directory=directory,
        base_url=reader.url("DOCUMENTS_BASE_URL", "") if reader.text("DOCUMENTS_BASE_URL") else "",
        passages=reader.integer("DOCUMENTS_PASSAGES", 3, 1, 10),
        words_per_second=reader.number("DOCUMENTS_WORDS_PER_SECOND", 60.0, 0.0, 10_000.0),
    )
