"""Crosswalks: the published merger of two districts, the slow twin, mass, identity, editions in a row."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontor.engines.crosswalk import Crosswalk, Share
from kontor.engines.reference.crosswalk import convert as twin
from kontor.errors import Refused

ONE = Decimal(1)
# Göttingen and Osterode became one district in 2016; a fifth of Leipziger Land went to the city of Leipzig.
MERGED = (Share("03152", "03159", ONE), Share("03156", "03159", ONE))
DIVIDED = (
    Share("14365", "14713", ONE),
    Share("14379", "14713", Decimal("0.2")),
    Share("14379", "14729", Decimal("0.8")),
)


def walk(*shares: Share, edition_from: str = "2008", edition_to: str = "2020") -> Crosswalk:
    return Crosswalk("kreise", edition_from, edition_to, "population", shares)


def numbers(**figures: str) -> dict[str, Decimal]:
    return {area[1:]: Decimal(value) for area, value in figures.items()}


# ---- known answers


def test_a_merger_is_a_sum_and_no_estimate() -> None:
    found = walk(*MERGED).convert(numbers(_03152="394", _03156="28"))
    assert found.figures["03159"] == (Decimal(422), False, "kreise 2008>2020 population: 03152*1 + 03156*1")
    assert found.missing == {}


def test_a_divided_district_is_an_estimate() -> None:
    found = walk(*DIVIDED).convert(numbers(_14365="2522", _14379="3076"))
    assert found.figures["14713"] == (
        Decimal(3137),
        True,
        "kreise 2008>2020 population: 14365*1 + 14379*0.2",
    )
    assert found.figures["14729"].value == Decimal(2461)


@pytest.mark.parametrize(
    ("value", "share", "result"),
    [
        ("5", "0.5", "2"),
        ("7", "0.5", "4"),
        ("0.25", "0.5", "0.12"),
        ("10.0", "0.5", "5.0"),
        ("100", "0.5", "50"),
    ],
)
def test_half_is_rounded_to_even_in_the_decimals_of_the_source(value: str, share: str, result: str) -> None:
    half = walk(Share("a", "x", Decimal(share)), Share("a", "y", Decimal(share)))
    assert str(half.convert({"a": Decimal(value)}).figures["x"].value) == result


def test_a_sum_keeps_the_most_decimals_of_its_parts() -> None:
    assert str(walk(*MERGED).convert(numbers(_03152="1.25", _03156="3")).figures["03159"].value) == "4.25"


def test_a_missing_part_makes_the_whole_missing() -> None:
    found = walk(*MERGED, *DIVIDED).convert(numbers(_03152="394", _14379="10"))
    assert found.figures.keys() == {"14729"}
    assert found.missing == {"03159": ("03156",), "14713": ("14365",)}


def test_zero_is_no_missing_part() -> None:
    assert walk(*MERGED).convert(numbers(_03152="394", _03156="0")).figures["03159"].value == 394


def test_what_stayed_the_same_needs_no_recipe() -> None:
    found = walk(Share("01001", "01001", ONE)).convert(numbers(_01001="7"))
    assert found.figures["01001"] == (Decimal(7), False, "")


def test_a_new_code_alone_is_said_but_no_estimate() -> None:
    found = walk(Share("15303", "15003", ONE)).convert(numbers(_15303="757"))
    assert found.figures["15003"] == (Decimal(757), False, "kreise 2008>2020 population: 15303*1")


def test_rates_and_means_are_never_added() -> None:
    crosswalk = walk(*MERGED, *DIVIDED, Share("15303", "15003", ONE))
    rates = numbers(_03152="1.5", _03156="2.5", _14365="1", _14379="2", _15303="3.5")
    found = crosswalk.convert(rates, additive=False)
    assert found.figures.keys() == {"15003"}
    assert found.missing["03159"] == ("03152", "03156")
    # A part of a district has not the rate of the district.
    assert found.missing["14729"] == ("14379",)


@pytest.mark.parametrize(
    ("parts", "fits"),
    [
        (("0.5", "0.5"), True),
        (("0.333333", "0.666666"), True),
        (("0.5", "0.4"), False),
        (("0.6", "0.6"), False),
        (("1.5", "-0.5"), False),
        (("1", "0"), False),
    ],
)
def test_shares_add_up_to_one(parts: tuple[str, str], fits: bool) -> None:
    shares = [Share("a", new, Decimal(part)) for new, part in zip("xy", parts, strict=True)]
    if fits:
        walk(*shares)
        return
    with pytest.raises(Refused) as refused:
        walk(*shares)
    assert refused.value.code == "crosswalk_incomplete" and refused.value.facts["area"] == "a"


def test_a_code_of_another_edition_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        walk(*MERGED).convert(numbers(_03159="1"))
    assert refused.value.code == "area_not_in_edition" and refused.value.facts["area"] == "03159"


# ---- properties

VALUES = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False, allow_infinity=False)


@st.composite
def crosswalks(draw: st.DrawFn, olds: str = "abcd", news: str = "wxyz") -> Crosswalk:
    """Each old area is cut in hundredths that add up to one."""
    shares = []
    for old in olds:
        targets = draw(st.lists(st.sampled_from(news), min_size=1, max_size=len(news), unique=True))
        cuts = sorted(draw(st.sets(st.integers(1, 99), min_size=len(targets) - 1, max_size=len(targets) - 1)))
        edges = [0, *cuts, 100]
        shares += [
            Share(old, new, Decimal(high - low) / 100)
            for new, low, high in zip(targets, edges, edges[1:], strict=False)
        ]
    first, last = ("2008", "2014") if olds == "abcd" else ("2014", "2020")
    return Crosswalk("kreise", first, last, "population", tuple(shares))


def complete(old: str = "abcd") -> st.SearchStrategy[dict[str, Decimal]]:
    return st.fixed_dictionaries(dict.fromkeys(old, VALUES))


@settings(max_examples=100, deadline=None)
@given(crosswalks(), st.dictionaries(st.sampled_from("abcd"), VALUES))
def test_the_slow_twin_agrees(crosswalk: Crosswalk, figures: dict[str, Decimal]) -> None:
    found = crosswalk.convert(figures)
    expected = twin(crosswalk.shares, figures)
    assert found.figures.keys() == expected.keys()
    assert found.missing.keys() == {share.new for share in crosswalk.shares} - expected.keys()
    for new, (total, divided) in expected.items():
        exact = Decimal(total.numerator) / Decimal(total.denominator)
        decimals = Decimal("0.01")
        assert found.figures[new].value == exact.quantize(decimals, ROUND_HALF_EVEN)
        assert found.figures[new].estimated == divided


@settings(max_examples=100, deadline=None)
@given(crosswalks(), complete())
def test_nothing_is_lost_and_nothing_is_made(crosswalk: Crosswalk, figures: dict[str, Decimal]) -> None:
    exact = twin(crosswalk.shares, figures)
    assert sum((total for total, _ in exact.values()), Fraction(0)) == sum(map(Fraction, figures.values()))
    rounded = sum(figure.value for figure in crosswalk.convert(figures).figures.values())
    assert abs(rounded - sum(figures.values())) <= Decimal("0.005") * len(exact)


@settings(max_examples=60, deadline=None)
@given(complete())
def test_identity_changes_nothing(figures: dict[str, Decimal]) -> None:
    same = walk(*(Share(area, area, ONE) for area in figures))
    found = same.convert(figures, additive=False)
    assert {area: figure.value for area, figure in found.figures.items()} == figures
    assert not any(figure.recipe or figure.estimated for figure in found.figures.values())


@settings(max_examples=60, deadline=None)
@given(crosswalks(), crosswalks(olds="wxyz", news="klm"), complete())
def test_two_editions_in_a_row_are_one(
    first: Crosswalk, second: Crosswalk, figures: dict[str, Decimal]
) -> None:
    middle = {new: Decimal(0) for new in "wxyz"}
    middle |= {
        new: Decimal(total.numerator) / Decimal(total.denominator)
        for new, (total, _) in twin(first.shares, figures).items()
    }
    joined = first.then(second)
    assert (joined.edition_from, joined.edition_to) == ("2008", "2020")
    onward = twin(second.shares, middle)
    for new, (total, _) in twin(joined.shares, figures).items():
        assert total == onward[new][0]


def test_editions_that_do_not_meet_are_not_joined() -> None:
    with pytest.raises(Refused) as refused:
        walk(*MERGED).then(walk(*MERGED))
    assert refused.value.code == "crosswalks_do_not_meet"


@settings(max_examples=60, deadline=None)
@given(crosswalks(), st.randoms(use_true_random=False))
def test_the_recipe_does_not_depend_on_the_order_of_the_table(crosswalk: Crosswalk, chance: object) -> None:
    shares = list(crosswalk.shares)
    chance.shuffle(shares)  # type: ignore[attr-defined]
    other = walk(*shares, edition_to="2014")
    assert {new: other.recipe(new) for new in other.into} == {
        new: crosswalk.recipe(new) for new in crosswalk.into
    }
