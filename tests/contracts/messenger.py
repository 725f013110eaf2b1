"""What every messenger promises, as tests: subclass `MessengerContract` and give it a stage.

Each platform's own tests say the rest: what its messages look like, and what each of its refusals means. A messenger that
writes within the process, where nothing is throttled, refused or lost, subclasses `WritingContract`.
"""

from abc import ABC, abstractmethod

import pytest
from typing_extensions import override

from bot.errors import MessageGone, Refused, Throttled, Unreachable
from bot.model import MessageRef, Page, Place
from bot.ports import Messenger


class WritingStage(ABC):
    """This is one place to write in; nothing of ours stands in `place` yet."""

    messenger: Messenger
    place: Place

    @abstractmethod
    def shown(self) -> list[str]:
        """The bodies of our messages as they stand in the place, oldest first."""

    @abstractmethod
    def files(self) -> list[tuple[str, str]]:
        """The names and texts of the files as they stand in the place, below our messages, oldest first."""

    @abstractmethod
    async def delete(self, message: MessageRef) -> None:
        """Let somebody delete a message of ours."""


class MessengerStage(WritingStage):
    """This is one place of a platform, and what can be done to it behind the messenger's back.

    `longest` is the length of the longest body that the platform takes.
    """

    longest: int

    @abstractmethod
    async def throttle(self, seconds: int) -> None:
        """Let the platform refuse the next write, for so many seconds."""

    @abstractmethod
    async def lose_answer(self) -> None:
        """Let the next post land, but its answer get lost on the way back."""


def page(body: str) -> Page:
    return Page(body, summary=body[:100])


class WritingContract(ABC):
    """These are the promises of writing; `stage` is a fixture of the subclass."""

    @abstractmethod
    @pytest.fixture
    async def stage(self) -> WritingStage: ...  # asynchronous: a stage is often set in a running loop

    async def test_what_is_posted_is_shown_in_order(self, stage: WritingStage) -> None:
        for body in ("one", "two"):
            await stage.messenger.post(stage.place, page(body))
        assert stage.shown() == ["one", "two"]

    async def test_a_post_names_its_message_and_keeps_its_place(self, stage: WritingStage) -> None:
        one = await stage.messenger.post(stage.place, page("one"))
        two = await stage.messenger.post(stage.place, page("two"))
        assert one.id != two.id
        assert one.place == two.place == stage.place

    async def test_an_edit_replaces_the_whole_content(self, stage: WritingStage) -> None:
        message = await stage.messenger.post(stage.place, page("a long beginning"))
        await stage.messenger.post(stage.place, page("two"))
        await stage.messenger.edit(message, page("short"))
        assert stage.shown() == ["short", "two"]

    async def test_the_same_edit_may_be_repeated(self, stage: WritingStage) -> None:
        message = await stage.messenger.post(stage.place, page("one"))
        for _ in range(2):
            await stage.messenger.edit(message, page("edited"))
        assert stage.shown() == ["edited"]

    async def test_an_edit_of_a_deleted_message_says_that_it_is_gone(self, stage: WritingStage) -> None:
        message = await stage.messenger.post(stage.place, page("one"))
        await stage.delete(message)
        with pytest.raises(MessageGone):
            await stage.messenger.edit(message, page("edited"))
        assert stage.shown() == []

    async def test_a_file_is_put_below_the_message_as_it_is(self, stage: WritingStage) -> None:
        text = "# The rest\n\n@everyone *café* <b>&amp;</b> \u65e5\u672c\n"
        message = await stage.messenger.post(stage.place, page("one"))
        await stage.messenger.attach(message, "answer.md", text)
        assert stage.files() == [("answer.md", text)]
        assert stage.shown()[0] == "one"
        await stage.messenger.edit(message, page("edited"))
        assert stage.shown()[0] == "edited"

    async def test_a_post_that_did_not_land_is_not_found(self, stage: WritingStage) -> None:
        await stage.messenger.post(stage.place, page("another"))
        assert await stage.messenger.find(stage.place, page("one")) is None

    async def test_an_earlier_post_of_the_same_words_is_not_the_lost_one(self, stage: WritingStage) -> None:
        await stage.messenger.post(stage.place, page("one"))
        assert await stage.messenger.find(stage.place, page("one")) is None

    async def test_a_status_is_no_message(self, stage: WritingStage) -> None:
        await stage.messenger.status(stage.place, "Searching")
        await stage.messenger.status(stage.place, "")
        assert stage.shown() == []


class MessengerContract(WritingContract):
    """These are the promises of a messenger whose platform throttles, refuses and loses."""

    @override
    @abstractmethod
    @pytest.fixture
    async def stage(self) -> MessengerStage: ...

    async def test_a_throttled_post_is_not_done_and_says_when_to_come_back(self, stage: MessengerStage) -> None:
        await stage.throttle(7)
        with pytest.raises(Throttled) as throttled:
            await stage.messenger.post(stage.place, page("one"))
        assert throttled.value.retry_after == pytest.approx(7, abs=1)
        assert stage.shown() == []

    async def test_a_throttled_edit_is_not_done_and_says_when_to_come_back(self, stage: MessengerStage) -> None:
        message = await stage.messenger.post(stage.place, page("one"))
        await stage.throttle(7)
        with pytest.raises(Throttled) as throttled:
            await stage.messenger.edit(message, page("edited"))
        assert throttled.value.retry_after == pytest.approx(7, abs=1)
        assert stage.shown() == ["one"]

    async def test_the_longest_body_is_taken_and_a_longer_one_refused(self, stage: MessengerStage) -> None:
        message = await stage.messenger.post(stage.place, page("x" * stage.longest))
        with pytest.raises(Refused):
            await stage.messenger.edit(message, page("y" * (stage.longest + 1)))
        assert stage.shown() == ["x" * stage.longest]

    async def test_a_post_whose_answer_was_lost_is_found(self, stage: MessengerStage) -> None:
        await stage.lose_answer()
        with pytest.raises(Unreachable) as lost:
            await stage.messenger.post(stage.place, page("one"))
        assert lost.value.uncertain
        found = await stage.messenger.find(stage.place, page("one"))
        assert found is not None
        await stage.messenger.edit(found, page("edited"))
        assert stage.shown() == ["edited"]
