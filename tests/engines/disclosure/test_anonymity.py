"""k-anonymity and l-diversity: the tables of the textbooks, the twin that tries every node, Adult."""

from __future__ import annotations

import csv
import gzip
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontor.engines.disclosure import anonymity
from kontor.engines.disclosure.anonymity import Anonymous, Demand, Metric, anonymised, guarantees
from kontor.engines.disclosure.classes import Standing, standing
from kontor.engines.disclosure.ladders import Ladder, ladder_of, ladder_of_parents
from kontor.engines.disclosure.problem import Budget, Step
from kontor.engines.reference import anonymity as twin
from kontor.errors import Invalid, Refused

ADULT = Path(__file__).parents[4] / "shared" / "data" / "microdata"

# Machanavajjhala et al. 2006, figure 1.
PATIENTS = """13053 28 Russian Heart|13068 29 American Heart|13068 21 Japanese Viral|13053 23 American Viral
14853 50 Indian Cancer|14853 55 Russian Heart|14850 47 American Viral|14850 49 American Viral
13053 31 American Cancer|13053 37 Indian Cancer|13068 36 Japanese Cancer|13068 35 American Cancer"""
ROWS = [record.split() for line in PATIENTS.splitlines() for record in line.split("|")]
ZIP, AGE, NATION, CONDITION = ([row[i] for row in ROWS] for i in range(4))


def decade(age: str) -> str:
    return "<30" if age < "30" else "3*" if age < "40" else ">=40"


def columns(*parts: list[str]) -> dict[str, list[str]]:
    return dict(zip(("zip", "age", "nation"), parts, strict=False))


LADDERS = {
    "zip": ladder_of(
        "zip",
        [[z, z[:4] + "*", z[:3] + "**", "*"] for z in dict.fromkeys(ZIP)],
    ),
    "age": ladder_of("age", [[a, decade(a), "<=40" if a < "40" else ">40", "*"] for a in dict.fromkeys(AGE)]),
    "nation": ladder_of("nation", [[n, "*"] for n in dict.fromkeys(NATION)]),
}


def test_the_four_anonymous_patients() -> None:
    """Figure 2: three classes of four; everybody in their thirties has cancer, so l is 1."""
    shown = columns([z[:3] for z in ZIP], [decade(a) for a in AGE])
    assert standing(shown, {"condition": CONDITION}) == Standing(12, 4, 1, pytest.approx(1.0), 3, 0)


def test_the_three_diverse_patients() -> None:
    """Figure 3: three classes, each with heart, viral and cancer; 1, 1, 2 of 4 have the entropy log(2 sqrt 2)."""
    shown = columns([z[:4] for z in ZIP], ["<=40" if a <= "40" else ">40" for a in AGE])
    assert standing(shown, {"condition": CONDITION}) == Standing(12, 4, 3, pytest.approx(8**0.5), 3, 0)


def test_the_figures_are_what_the_search_finds() -> None:
    patients = columns(ZIP, AGE, NATION)
    four = anonymised(patients, LADDERS, {}, Demand(k=4))
    three = anonymised(patients, LADDERS, {"condition": CONDITION}, Demand(k=4, l=3))
    assert three.levels == {"zip": 1, "age": 2, "nation": 1}
    assert three.columns["zip"][0] == "1305*" and three.columns["age"][4] == ">40"
    assert four.levels == {"zip": 2, "age": 1, "nation": 1} and four.kept.all()
    assert four.columns["zip"][:5:4] == ["130**", "148**"] and four.columns["age"][8] == "3*"


def test_the_two_anonymous_table_of_sweeney() -> None:
    """Sweeney 2002, figure 2: eleven records, k = 2, and two classes in which all have the same problem."""
    people = "black 1965 m 0214|black 1965 m 0214|black 1965 f 0213|black 1965 f 0213|black 1964 f 0213|black 1964 f 0213"
    people += "|white 1964 m 0213" * 3 + "|white 1967 m 0213" * 2
    race, birth, sex, code = zip(*(person.split() for person in people.split("|")), strict=True)
    problem = [
        "short",
        "chest",
        "hyper",
        "hyper",
        "obesity",
        "chest",
        "chest",
        "obesity",
        "short",
        "chest",
        "chest",
    ]
    found = standing({"race": race, "birth": birth, "sex": sex, "zip": code}, {"problem": problem})
    assert (found.k, found.l_distinct, found.classes, found.unique) == (2, 1, 5, 0)


def test_the_minimal_generalisations_of_samarati_and_sweeney() -> None:
    """Samarati & Sweeney 1998: three races by four ZIP codes. For k = 2 <person, ZIP> and <race, 0213*> are minimal;
    for k = 3 <person, ZIP> and <race, 021**>."""
    pairs = list(product(["asian", "black", "white"], ["02138", "02139", "02141", "02142"]))
    race, code = ([pair[i] for pair in pairs] for i in range(2))
    ladders = {
        "race": ladder_of("race", [[r, "person"] for r in ("asian", "black", "white")]),
        "zip": ladder_of("zip", [[z, z[:4] + "*", z[:3] + "**"] for z in dict.fromkeys(code)]),
    }
    table = {"race": race, "zip": code}
    minimal = {2: {(1, 0), (0, 1)}, 3: {(1, 0), (0, 2)}}
    for k, nodes in minimal.items():
        holding = twin.losses(table, ladders, {}, Demand(k=k))
        finest = {
            node
            for node in holding
            if not any(
                other != node and all(a <= b for a, b in zip(other, node, strict=True)) for other in holding
            )
        }
        assert finest == nodes
        levels = tuple(anonymised(table, ladders, {}, Demand(k=k)).levels.values())
        assert levels == ((0, 1) if k == 2 else (1, 0))


REGIONS = ladder_of("r", [["a", "ab", "*"], ["b", "ab", "*"], ["c", "cd", "*"], ["d", "cd", "*"]])
AGES = ladder_of("g", [[str(i), str(i // 2), str(i // 4), "*"] for i in range(6)])
SEXES = ladder_of("s", [["m", "*"], ["f", "*"]])
RECORDS = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.sampled_from("012345"),
        st.sampled_from("mf"),
        st.sampled_from(["x", "y", "z", "_U"]),
    ),
    min_size=4,
    max_size=30,
)
DEMANDS = st.builds(
    Demand,
    k=st.integers(1, 4),
    l=st.sampled_from([1.0, 2.0, 1.7, 3.0]),
    diversity=st.sampled_from(["distinct", "entropy"]),
    limit=st.sampled_from([0.0, 0.1, 0.3]),
)


@given(RECORDS, DEMANDS, st.sampled_from(["granularity", "discernibility"]))
@settings(max_examples=120, deadline=None)
def test_no_node_is_better(records: list[tuple[str, str, str, str]], demand: Demand, metric: Metric) -> None:
    r, g, s, hidden = (list(column) for column in zip(*records, strict=True))
    table, ladders = {"r": r, "g": g, "s": s}, {"r": REGIONS, "g": AGES, "s": SEXES}
    expected = twin.losses(table, ladders, {"x": hidden}, demand)
    if not expected:
        with pytest.raises(Refused) as error:
            anonymised(table, ladders, {"x": hidden}, demand, metric=metric)
        assert error.value.code == "anonymity_impossible"
        return
    found = anonymised(table, ladders, {"x": hidden}, demand, metric=metric)
    node = tuple(found.levels.values())
    assert (found.granularity, found.discernibility) == pytest.approx(expected[node])
    place = 0 if metric == "granularity" else 1
    assert expected[node][place] == pytest.approx(min(loss[place] for loss in expected.values()))
    _keeps_its_word(found, {"x": hidden}, demand, len(records))


def _keeps_its_word(found: Anonymous, sensitive: dict[str, list[str]], demand: Demand, records: int) -> None:
    """What comes out is looked at from outside."""
    assert (~found.kept).sum() <= demand.limit * records + 1e-9
    shown = list(zip(*found.columns.values(), strict=True))
    assert len(shown) == found.kept.sum()
    members = twin.classes(shown).values()
    assert found.classes == len(members) and found.smallest == min(map(len, members), default=0)
    assert all(len(each) >= demand.k for each in members)
    if demand.l > 1:
        kept = [value for value, is_kept in zip(sensitive["x"], found.kept, strict=True) if is_kept]
        for each in members:
            assert twin.diversity([kept[i] for i in each], demand.diversity) >= demand.l - 1e-6


@given(RECORDS)
@settings(max_examples=40, deadline=None)
def test_the_standing_agrees_with_counting(records: list[tuple[str, str, str, str]]) -> None:
    r, g, _, hidden = (list(column) for column in zip(*records, strict=True))
    found = standing({"r": r, "g": g}, {"x": hidden})
    members = twin.classes(list(zip(r, g, strict=True))).values()
    values = [[hidden[i] for i in each] for each in members]
    assert found.k == min(map(len, members)) and found.classes == len(members)
    assert found.unique == sum(len(each) == 1 for each in members)
    assert found.l_distinct == min(twin.diversity(each, "distinct") for each in values)
    assert found.l_entropy == pytest.approx(min(twin.diversity(each, "entropy") for each in values))


def test_outliers_are_left_out_when_that_loses_less() -> None:
    one_stranger = {"r": ["a"] * 9 + ["d"]}
    ladders = {"r": REGIONS}
    with_all = anonymised(one_stranger, ladders, {}, Demand(k=2))
    assert with_all.levels == {"r": 2} and with_all.granularity == 1
    without = anonymised(one_stranger, ladders, {}, Demand(k=2, limit=0.1))
    assert without.levels == {"r": 0} and without.kept.tolist() == [True] * 9 + [False]
    assert without.granularity == pytest.approx(0.1) and without.discernibility == 81 + 10


def test_coarser_is_not_always_more_diverse() -> None:
    """Four x and four y have entropy l = 2. Merged with two x, who may be left out, they have not."""
    table, hidden = {"s": ["m"] * 8 + ["f"] * 2}, {"x": ["x", "y"] * 4 + ["x", "x"]}
    demand = Demand(k=2, l=2, diversity="entropy", limit=0.2)
    assert set(twin.losses(table, {"s": SEXES}, hidden, demand)) == {(0,)}
    found = anonymised(table, {"s": SEXES}, hidden, demand)
    assert found.levels == {"s": 0} and found.kept.sum() == 8


def test_long_keys_are_not_mixed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """With many columns of many values the key of a class outgrows 64 bits."""
    values = [str(i) for i in range(1024)]
    wide = {f"c{i}": [*values, "1" if i == 0 else "0"] for i in range(8)}
    # The last record differs from the first in the first column alone, the one that 64 bits would lose.
    assert standing(wide, {}).classes == 1_025
    many = {f"c{i}": ["a", "b", "a", "b", "c", "c"] for i in range(8)}
    expected = standing(many, {})
    monkeypatch.setattr("kontor.engines.disclosure.classes.LARGEST_KEY", 10)
    assert standing(many, {}) == expected


def test_ladders_from_a_hierarchy() -> None:
    parents = {"a": "west", "b": "west", "c": "_T", "west": "_T"}
    ladder = ladder_of_parents("district", ["a", "b", "c"], parents)
    assert ladder.labels == (("a", "b", "c"), ("west", "_T"), ("_T",))
    assert ladder.losses().tolist() == [[0, 0, 0], [0.5, 0.5, 0], [1, 1, 1]]
    with pytest.raises(Invalid) as error:
        ladder_of_parents("district", ["a"], {"a": "b", "b": "a"})
    assert error.value.rows[0].code == "hierarchy_cyclic"


@pytest.mark.parametrize(
    ("rows", "code", "row"),
    [
        ([["a", "x"], ["b"]], "ladder_ragged", 2),
        ([], "ladder_ragged", 1),
        ([["a", "x"], ["a", "x"]], "ladder_value_twice", 2),
        ([["a", "x", "*"], ["b", "x", "+"]], "ladder_not_nested", 2),
    ],
)
def test_ladders_that_cannot_be(rows: list[list[str]], code: str, row: int) -> None:
    with pytest.raises(Invalid) as error:
        ladder_of("r", rows)
    assert [(fault.code, fault.row) for fault in error.value.rows] == [(code, row)]


def test_values_that_the_ladder_does_not_know_are_named_once() -> None:
    with pytest.raises(Invalid) as error:
        anonymised({"r": ["a", "?", "q", "?"]}, {"r": REGIONS}, {}, Demand())
    assert [(row.code, row.row, row.facts["value"]) for row in error.value.rows] == [
        ("value_outside_ladder", 3, "?"),
        ("value_outside_ladder", 4, "q"),
    ]


@pytest.mark.parametrize(
    ("demand", "rule"),
    [
        (Demand(k=0), "k"),
        (Demand(l=0.5), "l"),
        (Demand(l=2), "l"),
        (Demand(limit=1.0), "suppression_limit"),
    ],
)
def test_demands_that_cannot_be(demand: Demand, rule: str) -> None:
    with pytest.raises(Refused) as error:
        anonymised({"r": ["a", "a"]}, {"r": REGIONS}, {}, demand)
    assert error.value.code == "anonymity_rule_out_of_range" and error.value.facts["rule"] == rule


def test_nothing_to_do_and_too_much() -> None:
    with pytest.raises(Refused) as error:
        anonymised({}, {}, {}, Demand())
    assert error.value.code == "anonymity_without_columns"
    tall = {f"c{i}": _tall(f"c{i}") for i in range(8)}
    with pytest.raises(Refused) as error:
        anonymised({name: ["a"] for name in tall}, tall, {}, Demand(k=1))
    assert error.value.code == "lattice_too_large" and error.value.facts["nodes"] == 8**8
    empty = anonymised({"r": []}, {"r": REGIONS}, {}, Demand(k=3))
    assert empty.columns == {"r": []} and empty.levels == {"r": 0} and empty.smallest == 0
    assert standing({"r": []}, {}) == Standing(0, 0, 0, 0.0, 0, 0)


def _tall(name: str) -> Ladder:
    return ladder_of(name, [["a"] * 8, ["b"] + ["a"] * 7])


def test_what_is_said_and_what_is_told() -> None:
    told: list[Step] = []
    table = {"r": ["a", "b"]}
    budget = Budget(told=told.append)
    found = anonymised(table, {"r": REGIONS}, {"x": ["1", "2"]}, Demand(k=2, l=2), budget=budget)
    assert [each.code for each in guarantees(found.demand, ["r"])] == [
        "anonymity_k",
        "anonymity_l_distinct",
        "anonymity_quasi_identifiers_only",
    ]
    assert told[-1].best == found.granularity


def adult() -> tuple[dict[str, list[str]], dict[str, Ladder]]:
    """The nine quasi-identifiers. "?" is a value that the ladders do not list: it belongs to nothing but "*"."""
    names = ["age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation"]
    names += ["relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week"]
    names += ["native-country", "salary-class"]
    with gzip.open(ADULT / "adult.data.csv.gz", "rt", encoding="utf-8") as file:
        rows = [[value.strip() for value in row] for row in csv.reader(file) if row]
    table = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    ladders = {}
    for path in sorted((ADULT / "adult-hierarchies").glob("*.csv")):
        name = path.stem.removeprefix("adult_hierarchy_")
        steps = [line.split(";") for line in path.read_text(encoding="utf-8").splitlines() if line]
        if "?" in table[name]:
            steps.append(["?"] + ["*"] * (len(steps[0]) - 1))
        ladders[name] = ladder_of(name, steps)
    return {name: table[name] for name in ladders}, ladders


@pytest.mark.skipif(not ADULT.is_dir(), reason="needs the census records in ../shared/data")
def test_adult_with_nine_quasi_identifiers() -> None:
    table, ladders = adult()
    found = anonymised(table, ladders, {}, Demand(k=5, limit=0.02))
    assert found.nodes == 12_960 and found.looked_at < 1_000
    after = standing(found.columns, {})
    assert after.k >= 5 and after.records == found.kept.sum() >= 0.98 * 32_561
    strict = anonymised(table, ladders, {}, Demand(k=5))
    assert strict.kept.all() and strict.granularity > found.granularity
    hidden = {"occupation": table.pop("occupation")}
    diverse = anonymised(table, ladders, hidden, Demand(k=5, l=3, limit=0.02))
    kept = [value for value, is_kept in zip(hidden["occupation"], diverse.kept, strict=True) if is_kept]
    assert standing(diverse.columns, {"occupation": kept}).l_distinct >= 3


def test_the_lattice_of_adult_in_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pruning changes how many nodes are looked at, never the answer."""
    table = {"r": list("aabbccddab"), "g": list("0011223345"), "s": list("mfmfmfmfmf")}
    ladders = {"r": REGIONS, "g": AGES, "s": SEXES}
    pruned = anonymised(table, ladders, {}, Demand(k=3))
    monkeypatch.setattr(anonymity._Search, "_explore", lambda _self, _node: None)
    plain = anonymised(table, ladders, {}, Demand(k=3))
    assert plain.levels == pruned.levels and plain.granularity == pruned.granularity
