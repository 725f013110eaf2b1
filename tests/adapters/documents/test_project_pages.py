"""The project's own pages: a newcomer's questions find the page that answers them."""

import re
from collections.abc import Iterator

import pytest

from adapters.documents.index import DocumentIndex
from adapters.documents.settings import PROJECT_DOCS
from adapters.documents.words import asked_words


@pytest.fixture(scope="module")
def index() -> Iterator[DocumentIndex]:
    opened = DocumentIndex(PROJECT_DOCS)
    opened.refresh()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("How do I connect Slack?", "slack.md"),
        ("connect discord", "discord.md"),
        ("Which permissions does the Discord bot need?", "discord.md > Which Discord permissions the bot asks for"),
        ("why does the bot not answer in Slack", "troubleshooting.md > The bot does not answer in Slack"),
        ("How do I run it in a container?", "quickstart.md > Run it in a container"),
        ("what is SLACK_APP_TOKEN", "settings.md > Settings for Slack > SLACK_APP_TOKEN"),
        ("which model is used", "settings.md > Settings for Perplexity > PERPLEXITY_MODEL"),
        ("Can it use postgres?", "operations.md > Use PostgreSQL"),
        ("How do I back up the SQLite database?", "operations.md > Back up the SQLite database"),
        ("Is my data private?", "how-it-works.md > Privacy: where your data goes"),
        ("where do the sources come from", "how-it-works.md > Sources and markers"),
        ("Which Python version do I need?", "quickstart.md > Which Python version is needed"),
        ("healthz", "operations.md > Health: /healthz and /readyz"),
    ],
)
def test_a_newcomer_finds_the_page_that_answers(index: DocumentIndex, question: str, place: str) -> None:
    best = index.search({form: 1.0 for word in asked_words(question) for form in word.forms}, 1)[0]
    assert " > ".join((best.name, *best.headings)) == place


def test_the_settings_page_explains_what_the_example_file_lists() -> None:
    example = (PROJECT_DOCS.parent / ".env.example").read_text(encoding="utf-8")
    listed = re.findall(r"^#([A-Z][A-Z_]+)=", example.split("# --- compose.yaml only")[0], re.MULTILINE)
    explained = re.findall(r"^### ([A-Z_]+)$", (PROJECT_DOCS / "settings.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == explained


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in PROJECT_DOCS.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
