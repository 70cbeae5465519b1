"""Options of parts that share a name, and parts that are made when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from absl import flags

from cgn_tf.errors import ConfigError
from cgn_tf.options.command_line import parse
from cgn_tf.options.declaration import check_options, option
from cgn_tf.options.flags import define_flags
from cgn_tf.options.parts import PartOptions, part_options
from cgn_tf.options.registry import Choices, Family, Registry


@dataclass(frozen=True)
class SoupOptions:
    """Soups."""

    salt: float = option(0.5, "Salt in the water.", minimum=0.0)
    water: int = option(1, "Litres.", minimum=1)


@dataclass(frozen=True)
class BreadOptions:
    """Breads."""

    salt: float = option(0.5, "Salt in the dough.", minimum=0.0)
    flour: int = option(1, "Kilograms.", minimum=1)


@dataclass(frozen=True)
class SweetOptions:
    """Sweets."""

    salt: float = option(0.0, "A little.", minimum=0.0)


@dataclass(frozen=True)
class Meal:
    """A part."""

    name: str
    options: type
    summary: str = "a meal"


MEALS: Registry[Meal] = Registry(
    "meal", [Meal("soup", SoupOptions)], [Family("bread", "KIND", BreadOptions, lambda kind: Meal(kind, BreadOptions))]
)


@dataclass(frozen=True)
class Order:
    """An order."""

    meal: str = option("soup", "What to eat.", choices=Choices(MEALS))
    meal_options: PartOptions = part_options(lambda: MEALS.options)

    def __post_init__(self) -> None:
        check_options(self)
        object.__setattr__(self, "meal_options", self.meal_options.only([MEALS[self.meal].options], "`meal`"))


def test_the_chosen_part_reads_the_flag_that_several_have() -> None:
    assert parse(Order, ["--salt=2"]).meal_options == PartOptions(SoupOptions(salt=2.0))
    assert parse(Order, ["--meal=bread:rye", "--salt=2"]).meal_options == PartOptions(BreadOptions(salt=2.0))
    with pytest.raises(ConfigError, match=r"^--water: no chosen part reads it; .*another part \(--meal\)"):
        parse(Order, ["--meal=bread:rye", "--salt=2", "--water=2"])


@dataclass(frozen=True)
class Dinner:
    """Two meals that salt differently."""

    parts: PartOptions = part_options(lambda: [SoupOptions, SweetOptions])


def test_one_name_with_two_defaults_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^SweetOptions\.salt: another section already has --salt"):
        define_flags(Dinner, flags.FlagValues())


def test_a_family_makes_parts_of_any_name() -> None:
    assert list(MEALS) == ["soup"]
    assert list(Choices(MEALS, "none")) == ["soup", "bread:KIND", "none"]
    assert len(Choices(MEALS, "none")) == 3
    assert MEALS["bread:rye:2"].name == "rye:2"
    assert MEALS.options == [SoupOptions, BreadOptions]
    for wrong in ("bread", "bread:", "cake:x", 3):
        assert wrong not in MEALS
    with pytest.raises(ValueError, match="meal: expected one of soup, bread:KIND, got 'bread:'"):
        MEALS["bread:"]
