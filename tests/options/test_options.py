from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from absl import flags
from hypothesis import given
from hypothesis import strategies as st

from cgn_tf.errors import ConfigError
from cgn_tf.options.declaration import check_options, option
from cgn_tf.options.dictionaries import differences, from_dict, to_dict
from cgn_tf.options.flags import define_flags, from_flags


@dataclass(frozen=True)
class Inner:
    """Numbers."""

    rate: float = option(2e-4, "Learning rate.", above=0.0, maximum=1.0)
    weights: tuple[float, ...] = option((1.0, 2.0), "Weights.", minimum=0.0)
    sizes: tuple[int, ...] = option((), "Sizes.", below=10)
    decay: float = option(0.0, "Decay.", minimum=0.0, below=1.0)

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class Outer:
    """A command."""

    inner: Inner = field(default_factory=Inner)
    steps: int = option(10, "Steps.", minimum=1)
    dry: bool = option(False, "Only look.")
    kind: str = option("one", "Kind.", choices=("one", "two"))

    def __post_init__(self) -> None:
        check_options(self)


def parsed(*arguments: str) -> Outer:
    flag_values = flags.FlagValues()
    define_flags(Outer, flag_values)
    flag_values(["command", *arguments])
    return from_flags(Outer, flag_values)


def test_flags_without_arguments_give_the_defaults() -> None:
    assert parsed() == Outer()


def test_every_type_from_flags() -> None:
    config = parsed(
        "--steps=3", "--dry", "--kind=two", "--rate=3e-4", "--weights=1,0.5,2", "--sizes=4, 5", "--decay=0.5"
    )
    assert config == Outer(Inner(3e-4, (1.0, 0.5, 2.0), (4, 5), 0.5), 3, True, "two")
    assert [type(size) for size in config.inner.sizes] == [int, int]


@pytest.mark.parametrize(
    ("arguments", "dry"),
    [(["--dry"], True), (["--dry", "--nodry"], False), (["--dry=true"], True), (["--dry=false"], False)],
)
def test_bool_flags(arguments: list[str], dry: bool) -> None:
    assert parsed(*arguments).dry is dry


def test_an_empty_tuple_is_a_value() -> None:
    assert parsed("--weights=").inner.weights == ()


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--steps=1.5", "flag --steps=1.5: expected a whole number, at least 1."),
        ("--steps=", "flag --steps=: expected a whole number, at least 1."),
        ("--rate=fast", "flag --rate=fast: expected a number, at most 1, above 0."),
        ("--dry=maybe", "flag --dry=maybe: expected true or false."),
        ("--sizes=1,2.5", "flag --sizes=1,2.5: expected a whole number or several, comma separated, below 10."),
    ],
)
def test_text_of_another_type(argument: str, message: str) -> None:
    with pytest.raises(flags.IllegalFlagValueError) as caught:
        parsed(argument)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--steps=0", "`steps`: expected a whole number, at least 1, got 0."),
        ("--rate=0", "`rate`: expected a number, at most 1, above 0, got 0.0."),
        ("--rate=1.01", "`rate`: expected a number, at most 1, above 0, got 1.01."),
        ("--rate=nan", "`rate`: expected a number, at most 1, above 0, got nan."),
        ("--decay=1", "`decay`: expected a number, at least 0, below 1, got 1.0."),
        ("--weights=1,-1", "`weights`: expected a number or several, comma separated, at least 0, got (1.0, -1.0)."),
        ("--weights=inf", "`weights`: expected a number or several, comma separated, at least 0, got (inf,)."),
        ("--kind=three", "`kind`: expected one of one, two, got 'three'."),
    ],
)
def test_values_out_of_range(argument: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(argument)
    assert str(caught.value) == message


def test_the_ends_of_the_ranges() -> None:
    assert parsed("--steps=1", "--rate=1", "--decay=0", "--sizes=9").inner == Inner(1.0, (1.0, 2.0), (9,), 0.0)


def test_whole_numbers_of_any_size() -> None:
    @dataclass(frozen=True)
    class Large:
        free: int = option(0, "Any.", minimum=0)
        number: int = option(0, "An int64.", minimum=-(2**63), maximum=2**63 - 1)

        def __post_init__(self) -> None:
            check_options(self)

    assert Large(free=10**400, number=2**63 - 1).free == 10**400
    expected = "a whole number, at least -9223372036854775808, at most 9223372036854775807"
    for number in (2**63, -(2**63) - 1, 10**400):
        with pytest.raises(ConfigError) as caught:
            Large(number=number)
        assert str(caught.value) == f"`number`: expected {expected}, got {number}."


@pytest.mark.parametrize("steps", [1.5, True, "3", None, (3,)])
def test_values_of_another_type_in_code(steps: Any) -> None:
    with pytest.raises(ConfigError, match=r"^`steps`: expected a whole number, at least 1, got "):
        Outer(steps=steps)


def test_whole_numbers_become_floats_where_floats_are_expected() -> None:
    inner = Inner(rate=1, weights=(1, 0))
    assert [type(value) for value in (inner.rate, *inner.weights)] == [float] * 3


def test_a_tuple_is_not_replaced_by_a_number_or_a_list() -> None:
    for weights in (1.0, [1.0]):
        with pytest.raises(ConfigError, match=r"^`weights`: expected"):
            Inner(weights=weights)  # type: ignore[arg-type]


def test_one_name_in_two_sections_is_refused() -> None:
    @dataclass(frozen=True)
    class Twice:
        inner: Inner
        rate: float = option(1.0, "Another rate.")

    # Annotations of a class inside a function are text that only the function could read.
    Twice.__annotations__.update(inner=Inner, rate=float)
    with pytest.raises(ValueError, match=r"^Inner\.rate: another section already has --rate"):
        define_flags(Twice, flags.FlagValues())


def test_fields_that_are_no_option_are_refused() -> None:
    @dataclass(frozen=True)
    class Plain:
        steps: int = 3

    with pytest.raises(TypeError, match=r"^Plain\.steps: expected a section or an option"):
        define_flags(Plain, flags.FlagValues())


def test_dictionary_of_a_configuration() -> None:
    assert to_dict(Outer()) == {
        "inner": {"rate": 2e-4, "weights": [1.0, 2.0], "sizes": [], "decay": 0.0},
        "steps": 10,
        "dry": False,
        "kind": "one",
    }
    assert list(to_dict(Outer())) == ["inner", "steps", "dry", "kind"]


@given(
    st.builds(
        Outer,
        st.builds(
            Inner,
            st.floats(1e-9, 1.0),
            st.lists(st.floats(0.0, 1e9)).map(tuple),
            st.lists(st.integers(-5, 9)).map(tuple),
            st.floats(0.0, 1.0, exclude_max=True),
        ),
        st.integers(1),
        st.booleans(),
        st.sampled_from(["one", "two"]),
    )
)
def test_round_trips_through_json_and_through_flags(config: Outer) -> None:
    values = to_dict(config)
    assert from_dict(Outer, json.loads(json.dumps(values))) == config
    flat = {**values.pop("inner"), **values}
    text = {name: ",".join(map(repr, value)) if isinstance(value, list) else value for name, value in flat.items()}
    assert parsed(*(f"--{name}={value}" for name, value in text.items())) == config


def test_unknown_and_missing_names_of_a_dictionary() -> None:
    values = to_dict(Outer())
    with pytest.raises(ConfigError, match=r"^Outer: unknown more, step\.$"):
        from_dict(Outer, values | {"step": 1, "more": 2})
    del values["inner"]["rate"]
    with pytest.raises(ConfigError, match=r"^Inner: missing rate\.$"):
        from_dict(Outer, values)
    with pytest.raises(ConfigError, match=r"^Inner: expected a dictionary, got int\.$"):
        from_dict(Outer, values | {"inner": 3})


def test_differences_name_option_and_both_values() -> None:
    old = Outer()
    new = replace(old, steps=12, inner=replace(old.inner, weights=(1.0, 3.0)))
    assert differences(to_dict(old), to_dict(new)) == ["weights: [1.0, 2.0] -> [1.0, 3.0]", "steps: 10 -> 12"]
    assert differences(to_dict(old), to_dict(new), ignore={"steps"}) == ["weights: [1.0, 2.0] -> [1.0, 3.0]"]
    assert differences(to_dict(old), to_dict(old)) == []


def test_differences_of_names_that_only_one_has() -> None:
    assert differences({"a": 1, "b": {"c": 2}}, {"a": 1, "d": None}) == ["c: 2 -> nothing", "d: nothing -> None"]


def test_differences_do_not_tell_lists_from_tuples() -> None:
    assert differences({"a": (1, 2)}, {"a": [1, 2]}) == []


def test_not_a_number_never_passes() -> None:
    with pytest.raises(ConfigError, match="got nan"):
        Inner(decay=math.nan)
