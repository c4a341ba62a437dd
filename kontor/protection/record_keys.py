"""What the alternatives to suppression need of single records: their keys, and how many of them one person has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kontor.engines.disclosure.cellkey import cell_keys, record_keys
from kontor.engines.disclosure.incidence import incidence
from kontor.engines.disclosure.privacy import check_contribution
from kontor.errors import BadRow, Invalid

from .missing import missing
from .reading import Records, quoted
from .recipe import Recipe
from .tabulating import Tabulated, code

Keys = NDArray[np.uint64]


def keys_of(records: Records, table: Tabulated) -> Keys | None:
    """Per cell of the table the sum of the keys of its records modulo 2**64; None where no cell keys are asked for.

    Raises Invalid("recipe_file_missing") without the secret, "record_twice" where one key would count twice.
    """
    recipe = table.recipe
    if recipe.alternative is None or recipe.alternative.method != "cellkey":
        return None
    options = recipe.alternative.options
    name = str(options["record"])
    _check_records(records, name)
    columns = [*(code(recipe, variable) for variable in recipe.variables), quoted(name)]
    found = records.connection.execute(f"SELECT {', '.join(columns)} FROM records").fetchnumpy()  # noqa: S608
    *codes, ids = [list(np.ma.filled(column)) for column in found.values()]
    return cell_keys(incidence(table.axes, codes), record_keys(ids, _secret(recipe)))


def _secret(recipe: Recipe) -> bytes:
    assert recipe.alternative is not None
    name = str(recipe.alternative.options["secret"])
    path = recipe.path.parent / name
    try:
        if path.is_file():  # a pipe or a device may have no end
            return path.read_bytes().strip()
    except OSError:
        pass
    raise Invalid([missing(path, "recipe_file_missing", name)])


def _check_records(records: Records, name: str) -> None:
    rows = records.query(
        f"SELECT min(rowid), max(rowid), count(*) FROM records GROUP BY {quoted(name)} "  # noqa: S608
        f"HAVING count(*) > 1 OR {quoted(name)} = '' ORDER BY 1 LIMIT 100"
    )
    numbers = records.rows_of(place for first, last, _ in rows for place in (first, last))
    if rows:
        raise Invalid(
            [
                BadRow("record_twice", numbers[last], name, {"first": numbers[first]})
                for first, last, _ in rows
            ]
        )


def check_contributors(records: Records, recipe: Recipe) -> None:
    """For differential privacy: nobody stands behind more records than the noise covers."""
    if recipe.alternative is None or recipe.alternative.method != "dp" or not recipe.contributor:
        return
    found = records.connection.execute(
        f"SELECT dense_rank() OVER (ORDER BY {quoted(recipe.contributor)}) - 1 AS number FROM records"  # noqa: S608
    ).fetchnumpy()
    check_contribution(found["number"], int(recipe.alternative.options.get("contribution", 1)))
