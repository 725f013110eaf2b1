"""Which lanes a write in Discord draws on, by the way that it takes now."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from typing_extensions import override

from adapters.discord.budget import DiscordBudget
from adapters.discord.routes import Routes
from bot.clock import Clock
from bot.model import Lane, MessageRef, Place
from tests.fakes.clock import DAY_ONE

GLOBAL = Lane("discord:global", 50, 1.0, wide=True)
TOKEN = (Lane("discord:token:77", 5, 2.0), Lane("discord:webhook:9", 30, 60.0))

CHANNEL = Place("discord", "1", "9", reply_to="5")
ASKED = Place("discord", "1", "9", interaction="77")


@dataclass(slots=True)
class Hands(Clock):
    """A clock that is set by hand."""

    seconds: float = 0.0

    def advance(self, seconds: float) -> None:
        self.seconds += seconds

    @override
    def now(self) -> float:
        return self.seconds

    @override
    def today(self) -> datetime:
        return DAY_ONE + timedelta(seconds=self.seconds)

    @override
    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)


def parts() -> tuple[Hands, Routes, DiscordBudget]:
    clock = Hands()
    routes = Routes(clock, token_seconds=840.0)
    return clock, routes, DiscordBudget(routes, clock)


def snowflake(at: datetime) -> str:
    return str(int((at - datetime(2015, 1, 1, tzinfo=UTC)).total_seconds() * 1000) << 22)


def test_posts_edits_and_typing_have_lanes_of_their_own_in_each_channel() -> None:
    clock, _, budget = parts()
    message = MessageRef(CHANNEL, snowflake(clock.today()))
    assert budget.post(CHANNEL) == (Lane("discord:post:9", 5, 5.0), GLOBAL)
    assert budget.edit(message) == (Lane("discord:edit:9", 5, 5.0), GLOBAL)
    assert budget.status(CHANNEL) == (Lane("discord:typing:9", 5, 5.0), GLOBAL)


def test_an_edit_of_an_old_message_draws_on_the_budget_that_no_header_shows() -> None:
    clock, _, budget = parts()
    message = MessageRef(CHANNEL, snowflake(clock.today() - timedelta(hours=2)))
    assert budget.edit(message)[0] == Lane("discord:old-edit:9", 3, 6.0)


def test_the_first_answer_to_an_interaction_draws_on_no_shared_budget() -> None:
    _, routes, budget = parts()
    routes.opened("77", "secret")
    assert [lane.name for lane in budget.post(ASKED)] == ["discord:callback"]
    assert budget.edit(MessageRef(ASKED, "")) == TOKEN  # what an edit of it will draw on


def test_what_goes_through_a_token_draws_on_the_token_and_on_the_hidden_cap_of_the_channel() -> None:
    _, routes, budget = parts()
    routes.opened("77", "secret")
    ticket = routes.of_post(ASKED)
    assert ticket is not None
    routes.wrote(ticket, "1000")
    assert budget.post(ASKED) == TOKEN
    assert budget.edit(MessageRef(ASKED, "1000")) == TOKEN
    assert budget.edit(MessageRef(ASKED, snowflake(DAY_ONE)))[0].name == "discord:edit:9"  # written through the channel


def test_a_token_that_has_died_or_grown_old_leaves_the_channel() -> None:
    clock, routes, budget = parts()
    for interaction in ("77", "78"):
        routes.opened(interaction, f"secret {interaction}")
    routes.died("77")
    assert budget.post(ASKED)[0].name == "discord:post:9"
    clock.advance(839.0)
    later = Place("discord", "1", "9", interaction="78")
    assert budget.post(later)[0].name == "discord:callback"
    clock.advance(1.0)
    assert budget.post(later)[0].name == "discord:post:9"


def test_tokens_are_forgotten_with_their_interactions() -> None:
    clock, routes, _ = parts()
    routes.opened("77", "secret")
    routes.opened("77", "again")
    assert routes.interaction_of("secret") == "77"
    clock.advance(840.0)
    routes.opened("78", "another")
    assert routes.interaction_of("secret") == ""
    assert "another" not in repr(routes.of_post(Place("discord", "1", "9", interaction="78")))
