"""What the page shows of a message, and what it can never show."""

import asyncio
import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from adapters.playground.messenger import KEPT_MESSAGES, NoSurroundings, PlaygroundMessenger
from bot.clock import SystemClock
from bot.errors import MessageGone
from bot.model import MessageRef, Page, Place, Question
from tests.contracts.messenger import WritingContract, WritingStage
from tests.fakes.clock import DAY_ONE

PLACE = Place("playground", "local", "page", "t1")


def page(body: str) -> Page:
    return Page(body, summary="")


class PlaygroundStage(WritingStage):
    """A thread of the page."""

    def __init__(self) -> None:
        self.page = PlaygroundMessenger(SystemClock())
        self.messenger = self.page
        self.place = PLACE

    @override
    def shown(self) -> list[str]:
        return [re.sub(r"</?p>|\n", "", each.html) for each in self.page._standing.values()]

    @override
    def files(self) -> list[tuple[str, str]]:
        return [(each.name, each.text) for each in self.page._files.values()]

    @override
    async def delete(self, message: MessageRef) -> None:
        self.page.delete(message.id)


class TestPlaygroundMessenger(WritingContract):
    @override
    @pytest.fixture
    async def stage(self) -> WritingStage:
        return PlaygroundStage()


async def html(markdown: str) -> str:
    messenger = PlaygroundMessenger(SystemClock())
    await messenger.post(PLACE, page(markdown))
    watching = messenger.watch()
    shown = await anext(watching)
    await watching.aclose()
    return shown.html


async def test_markdown_is_shown_as_markup() -> None:
    shown = await html("**bold** and `code`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n~~gone~~")
    for tag in ("<strong>bold</strong>", "<code>code</code>", "<td>1</td>", "<s>gone</s>"):
        assert tag in shown


async def test_a_link_opens_elsewhere_and_gives_nothing_away() -> None:
    shown = await html("a [link](https://example.org/a?b=1&c=2)")
    assert (
        '<a href="https://example.org/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">link</a>'
        in shown
    )


HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<div onclick=alert(1)>\n\n</div>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java\tscript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "<javascript:alert(1)>",
    '[a](https://example.org/"onmouseover="alert(1))',
    "[a][1]\n\n[1]: javascript:alert(1)",
    "![a](https://tracker.example/pixel.png)",
    "![a](javascript:alert(1))",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\ncode\n```',
    "`<b>`",
]
TAG = re.compile(r"<(/?)(\w+)((?:\s[^<>]*)?)/?>")
ALLOWED = {
    *("p", "strong", "em", "s", "code", "pre", "a", "br", "hr", "ul", "ol", "li", "blockquote"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}


def harmless(shown: str) -> bool:
    """Whether there is no tag and no attribute but those that Markdown makes."""
    for _, name, attributes in TAG.findall(shown):
        plain = re.sub(
            r' (?:target="_blank"|rel="[a-z ]+"|title="[^"]*"|start="\d+"|class="language-[^"]*")', "", attributes
        )
        plain = re.sub(r' style="text-align:(?:left|right|center)"', "", plain)
        plain = re.sub(r' href="(?:https?:|mailto:|[^":]*[/#?"]|[^":]*$)[^"]*"?', "", plain)
        if name not in ALLOWED or plain.strip(" /"):
            return False
    return "<" not in TAG.sub("", shown)


@pytest.mark.parametrize("markdown", HOSTILE)
async def test_nothing_that_the_engine_says_runs_in_the_page_or_loads_anything(markdown: str) -> None:
    shown = await html(markdown)
    assert harmless(shown), shown
    assert "javascript:" not in "".join(re.findall(r'href="[^"]*"', shown)).lower()


@given(st.text(alphabet=st.sampled_from("<>\"'&[]()!`*_~|#:/\\ \n-javscript=onx1.")))
def test_no_markdown_at_all_makes_other_markup(markdown: str) -> None:
    assert harmless(asyncio.run(html(markdown)))


async def test_a_status_and_a_question_are_plain_text() -> None:
    messenger = PlaygroundMessenger(SystemClock())
    await messenger.post(PLACE, page("one"))
    watching = messenger.watch()
    await anext(watching)
    await messenger.status(PLACE, "Searching: <b>&")
    messenger.asked(Question(PLACE, "you", "<i>why?</i>", "c", ("k",), DAY_ONE, message="q1"))
    messenger.hang_up()
    assert [(each.kind, each.id, each.html) async for each in watching] == [
        ("status", "", "Searching: &lt;b&gt;&amp;"),
        ("question", "q1", "&lt;i&gt;why?&lt;/i&gt;"),
    ]


async def test_a_browser_that_comes_later_sees_what_stands_there_and_then_every_change_in_order() -> None:
    messenger = PlaygroundMessenger(SystemClock())
    one = await messenger.post(PLACE, page("one"))
    two = await messenger.post(PLACE, page("two"))
    watching = messenger.watch()
    seen = [await anext(watching)]
    await messenger.edit(two, page("two edited"))
    await messenger.edit(one, page("one edited"))
    messenger.hang_up()
    seen += [each async for each in watching]
    assert [re.sub(r"</?p>|\n", "", each.html) for each in seen] == ["one", "two", "two edited", "one edited"]
    assert [each.edits for each in seen] == [0, 0, 1, 1]


async def test_ids_do_not_come_again_after_a_restart() -> None:
    class DayOne(SystemClock):
        @override
        def today(self) -> datetime:
            return DAY_ONE

    before, after = PlaygroundMessenger(DayOne()), PlaygroundMessenger(SystemClock())
    assert (await before.post(PLACE, page("one"))).id != (await after.post(PLACE, page("one"))).id


async def test_only_our_own_messages_can_be_deleted_and_only_once() -> None:
    messenger = PlaygroundMessenger(SystemClock())
    messenger.asked(Question(PLACE, "you", "why?", "c", ("k",), DAY_ONE, message="q1"))
    message = await messenger.post(PLACE, page("one"))
    assert messenger.delete("q1") is None
    assert messenger.delete(message.id) == message
    assert messenger.delete(message.id) is None


async def test_the_oldest_messages_are_forgotten() -> None:
    messenger = PlaygroundMessenger(SystemClock())
    messages = [await messenger.post(PLACE, page(str(number))) for number in range(KEPT_MESSAGES + 1)]
    with pytest.raises(MessageGone):
        await messenger.edit(messages[0], page("again"))
    await messenger.edit(messages[1], page("again"))


async def test_nobody_has_talked_on_the_page_before() -> None:
    assert await NoSurroundings().before(Question(PLACE, "you", "why?", "c", ("k",), DAY_ONE)) == ()
