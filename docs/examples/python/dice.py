"""Rolls a die. How to build it: docs/other-languages.md."""

import datetime
import random

from wit_world import WitWorld as World
from wit_world.imports.types import (
    Buttons, Choice, Content_Text, Keyword, Next_Idle, Outcome, Profile, Reply_Buttons, Title, Turn,
)


class WitWorld(World):
    def describe(self) -> Profile:
        return Profile(
            name="dice",
            version="0.1.0",
            about="Rolls dice.",
            titles=[Title("en", "🎲 Dice", "Roll a die"), Title("fr", "🎲 Dés", "Lancer un dé")],
            keywords=[Keyword("en", "dice", 3.0), Keyword("en", "roll", 1.0), Keyword("fr", "dé", 3.0)],
            flows=[],
            tools=[],
            stores="",
            wants=["log", "wasi"],
            extras=[],
        )

    def handle(self, turn: Turn) -> Outcome:
        words = turn.message.content.value.split() if isinstance(turn.message.content, Content_Text) else []
        sides = next((int(word) for word in words if word.isdecimal()), 6)
        sides = min(max(sides, 2), 1_000_000)
        # Not `random.random()`: its state is the one of the build, the same in every turn.
        rolled = random.Random(turn.seed).randint(1, sides)
        # What is printed goes to the agent's log.
        print(f"rolled {rolled} of {sides}")
        at = datetime.datetime.now(datetime.timezone.utc)
        again = Choice(id="again", title="Again", description=None, agent=None)
        reply = Reply_Buttons(Buttons(f"🎲 {rolled} of {sides}, at {at:%H:%M} UTC.", [again], numbered=False))
        return Outcome(replies=[reply], next=Next_Idle(), handoff=None, tags=[], extras=[])
