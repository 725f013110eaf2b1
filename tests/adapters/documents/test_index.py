"""The index over a real folder: what is found, what is skipped, and that it follows the files."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.documents.folder import MOST_BYTES, UnreadableDocument, read_document
from adapters.documents.index import DocumentIndex
from adapters.documents.words import asked_words


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "slack.md").write_text("# Connect Slack\n\nConnecting takes minutes.\n\n## Invite\n\nType `/invite`.\n")
    (tmp_path / "discord.md").write_text("# Connect Discord\n\nA bot token is all.\n")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "notes.txt").write_text("Backups are made at night.")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    return tmp_path


@pytest.fixture
def index(folder: Path) -> Iterator[DocumentIndex]:
    opened = DocumentIndex(folder)
    opened.refresh()
    yield opened
    opened.close()


def found(index: DocumentIndex, question: str) -> list[str]:
    index.refresh()
    words = {form: 1.0 for word in asked_words(question) for form in word.forms}
    return [" > ".join((hit.name, *hit.headings)) for hit in index.search(words, 10)]


def test_the_page_whose_title_has_the_words_comes_first(index: DocumentIndex) -> None:
    assert found(index, "How do I connect Slack?") == ["slack.md", "slack.md > Invite", "discord.md"]


def test_word_endings_make_no_difference(index: DocumentIndex) -> None:
    assert found(index, "backup") == found(index, "backups") == ["deep/notes.txt"]


def test_the_beginning_of_a_word_is_enough(index: DocumentIndex) -> None:
    assert found(index, "disco") == ["discord.md"]


def test_a_short_beginning_is_not_taken_for_a_word(index: DocumentIndex) -> None:
    assert found(index, "dis") == []


def test_what_is_on_no_page_is_not_found(index: DocumentIndex) -> None:
    assert found(index, "weather in Lisbon") == []
    assert not index.knows(("weather",))
    assert index.knows(("token",))


@pytest.mark.parametrize(
    "question", ['"', "AND OR NOT", "NEAR(slack token, 5)", "title: slack", "sl*ck ^a", "(((", "-x", "\0", "💥"]
)
def test_search_syntax_in_a_question_is_only_text(index: DocumentIndex, question: str) -> None:
    found(index, question)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_no_question_breaks_the_search(index: DocumentIndex, question: str) -> None:
    found(index, question)


def test_scripts_without_spaces_are_found_by_a_part(folder: Path, index: DocumentIndex) -> None:
    (folder / "zh.md").write_text("# 指南\n\n如何连接到频道。设置令牌后重新启动。", encoding="utf-8")
    (folder / "ko.md").write_text("# 안내\n\n슬랙을 연결합니다.", encoding="utf-8")
    assert found(index, "令牌怎么设置？") == ["zh.md"]
    assert found(index, "슬랙") == ["ko.md"]


def test_a_changed_file_is_read_again(folder: Path, index: DocumentIndex) -> None:
    (folder / "discord.md").write_text("# Connect Discord\n\nNow about gateways.\n")
    assert found(index, "gateways") == ["discord.md"]
    assert found(index, "token") == []


def test_a_file_that_is_gone_is_not_found_any_more(folder: Path, index: DocumentIndex) -> None:
    (folder / "discord.md").unlink()
    assert found(index, "token") == []
    assert index.titles(10) == ("notes", "Connect Slack")


def test_a_new_file_is_found_at_the_next_question(folder: Path, index: DocumentIndex) -> None:
    (folder / "new.markdown").write_text("Something about lighthouses.")
    assert found(index, "lighthouse") == ["new.markdown"]


def test_nothing_is_read_when_nothing_has_changed(index: DocumentIndex) -> None:
    assert index.refresh() is None


def test_a_folder_that_vanishes_leaves_an_empty_index(tmp_path: Path) -> None:
    index = DocumentIndex(tmp_path / "nowhere")
    assert index.refresh() is None
    assert index.titles(10) == ()
    index.close()


def test_files_that_are_no_text_are_skipped_and_named(folder: Path, index: DocumentIndex) -> None:
    (folder / "binary.md").write_bytes(b"\x00\x01\x02")
    (folder / "latin.txt").write_bytes("Müller".encode("latin-1"))
    changes = index.refresh()
    assert changes is not None
    assert changes.skipped == (("binary.md", "is not a text file"), ("latin.txt", "is not UTF-8 text"))
    assert changes.pages == 3
    assert index.refresh() is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_skipped(folder: Path, index: DocumentIndex) -> None:
    (folder / "closed.md").write_text("closed")
    (folder / "closed.md").chmod(0)
    changes = index.refresh()
    assert changes is not None
    assert changes.skipped[0][0] == "closed.md"


def test_a_file_that_vanishes_while_it_is_read_is_skipped(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="No such file"):
        read_document(tmp_path / "gone.md")


def test_utf_16_with_its_mark_is_text(folder: Path, index: DocumentIndex) -> None:
    (folder / "wide.txt").write_bytes("A lighthouse".encode("utf-16"))
    assert found(index, "lighthouse") == ["wide.txt"]


def test_links_that_lead_out_of_the_folder_are_not_followed(
    folder: Path, index: DocumentIndex, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.md").write_text("The treasure is here.")
    (folder / "link.md").symlink_to(outside / "secret.md")
    (folder / "all").symlink_to(outside, target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "nowhere.md").symlink_to(folder / "missing.md")
    assert found(index, "treasure") == []


def test_a_link_inside_the_folder_is_a_page(folder: Path, index: DocumentIndex) -> None:
    (folder / ".data").mkdir()
    (folder / ".data" / "mounted.md").write_text("A mounted lighthouse.")
    (folder / "mounted.md").symlink_to(".data/mounted.md")
    assert found(index, "lighthouse") == ["mounted.md"]


def test_of_a_huge_file_the_beginning_is_read(folder: Path, index: DocumentIndex) -> None:
    (folder / "huge.txt").write_bytes(b"lighthouse\n" + b"filling words again\n" * 60_000 + b"treasure\n")
    assert found(index, "lighthouse") == ["huge.txt"]
    assert found(index, "treasure") == []


def test_a_huge_file_is_not_cut_inside_a_character(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    path.write_text("é" * 600_000, encoding="utf-8")
    assert len(read_document(path)) == MOST_BYTES // 2


def test_several_threads_may_ask_at_once(folder: Path, index: DocumentIndex) -> None:
    seen: list[list[str]] = []

    def ask() -> None:
        for n in range(10):
            (folder / "discord.md").write_text(f"# Connect Discord\n\nA bot token is all {n}.\n")
            seen.append(found(index, "token"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 40
