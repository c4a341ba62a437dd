"""Cell-key perturbation: every count is shifted by a small whole number that depends on who is counted, and on nothing
else, so that the same group of people has the same published count in every table and every year.

Marley & Leaver 2011, A method for confidentialising user-defined tables; the transition probabilities of largest
entropy with fixed moments: Giessing 2016, Computational issues in the design of transition probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from kontor.errors import Refused

from .problem import Floats, Ints
from .statements import Statement

Keys = NDArray[np.uint64]

SHORTEST_SECRET = 16
PURPOSE = b"kontor.cellkey"


def record_keys(records: Sequence[str], secret: bytes) -> Keys:
    """The key of each record: 64 bits of a hash of its identifier under the league's secret.

    The same record has the same key in every table. Whoever knows the secret and the identifiers undoes the method.
    Raises Refused("cellkey_secret_too_short") below 16 bytes; what is over 64 is hashed first.
    """
    if len(secret) < SHORTEST_SECRET:
        raise Refused("cellkey_secret_too_short", least=SHORTEST_SECRET)
    key = secret if len(secret) <= blake2b.MAX_KEY_SIZE else blake2b(secret).digest()
    start = blake2b(digest_size=8, key=key, person=PURPOSE)

    def hashed(record: str) -> bytes:
        state = start.copy()
        state.update(record.encode())
        return state.digest()

    return np.frombuffer(b"".join(map(hashed, records)), dtype="<u8").astype(np.uint64)


def cell_keys(published: csr_array, keys: ArrayLike) -> Keys:
    """The key of each published cell: the sum of the keys of its records, as a fraction of 2**64, without its whole part.

    `published` is records (or inner cells, then with the wrapped sums of their keys) x published cells, as `incidence`.
    Whole numbers wrap around exactly, so the order of the records does not matter.
    """
    found: Keys = csr_array(published, dtype=np.uint64).T @ np.asarray(keys, dtype=np.uint64)
    return found


@dataclass(frozen=True, slots=True)
class Transitions:
    """Row i: the probability of each change -largest..largest of a true count i; the last row serves all larger ones.

    variance: of the change of every count above 0. never: no published count is 1..never.
    """

    chances: Floats
    largest: int
    variance: float
    never: int

    @property
    def deviations(self) -> Ints:
        return np.arange(-self.largest, self.largest + 1, dtype=np.int64)


def transitions(largest: int, variance: float, never: int = 0) -> Transitions:
    """The ptable: unbiased changes of at most `largest` with this variance, of largest entropy among all such.

    Zeros stay zero, nothing becomes negative, nothing becomes 1..never. p(d) is proportional to exp(a d + b d**2)
    where the two multipliers are found by Newton's method on the convex dual.
    Raises Refused("ptable_impossible") with the lowest and the highest possible variance of the first count that
    cannot be changed like this.
    """
    if largest < 1 or never < 0 or never >= largest or not variance > 0:
        raise Refused("ptable_parameters", largest=largest, variance=variance, never=never)
    rows = [np.zeros(2 * largest + 1)]
    rows[0][largest] = 1.0
    for count in range(1, largest + never + 2):
        changes = np.array(
            [d for d in range(-largest, largest + 1) if count + d == 0 or count + d > never], dtype=np.float64
        )
        row = np.zeros(2 * largest + 1)
        row[changes.astype(int) + largest] = _entropic(count, changes, variance)
        rows.append(row)
    return Transitions(np.array(rows), largest, variance, never)


def _entropic(count: int, changes: Floats, variance: float) -> Floats:
    """The distribution of largest entropy on `changes` with mean 0 and this variance."""
    below, above = changes[changes <= 0], changes[changes >= 0]
    # With mean 0, the two changes next to 0 give the lowest variance, the two outermost the highest.
    lowest = float(-below.max() * above.min())
    highest = float(-below.min() * above.max())
    if not lowest <= variance <= highest:
        raise Refused("ptable_impossible", count=count, variance=variance, lowest=lowest, highest=highest)
    if variance in (lowest, highest):
        low, high = (below.max(), above.min()) if variance == lowest else (below.min(), above.max())
        chances: Floats = (changes == low) * high / (high - low) + (changes == high) * -low / (high - low)
        return chances
    return _newton(changes, variance)


def _newton(changes: Floats, variance: float) -> Floats:
    """Minimises log sum exp(a d + b (d**2 - V)) over (a, b): its gradient is the two moments."""
    moments = np.stack([changes, changes**2 - variance])
    at = np.array([0.0, -0.5 / variance])

    def dual(point: Floats) -> tuple[float, Floats]:
        exponent = point @ moments
        top = exponent.max()
        weights = np.exp(exponent - top)
        return float(top + np.log(weights.sum())), weights / weights.sum()

    value, chances = dual(at)
    for _ in range(200):
        gradient = moments @ chances
        if np.abs(gradient).max() < 1e-13:
            break
        hessian = (moments * chances) @ moments.T - np.outer(gradient, gradient)
        step = np.linalg.solve(hessian + 1e-14 * np.trace(hessian) * np.eye(2), -gradient)
        length = 1.0
        while length > 1e-12:
            tried = dual(at + length * step)
            if tried[0] <= value + 1e-4 * length * float(gradient @ step):
                break
            length /= 2
        else:
            break
        at, (value, chances) = at + length * step, tried
    return chances


@dataclass(frozen=True, slots=True)
class Perturbed:
    """Published counts. `changes` are not for the public.

    Whoever knows the largest change d knows that a published v > 0 was max(1, v - d) to v + d and a published 0 was 0 to d,
    and that true counts add up: where sums reach their ends, one true value may be left. Nothing here prevents that; the
    audit looks for small counts of which it is so.
    """

    cells: Ints
    changes: Ints
    table: Transitions


def guarantees(table: Transitions) -> tuple[Statement, ...]:
    """What holds of every table with these probabilities, and what does not; no value goes in."""
    facts = {"largest": table.largest, "variance": table.variance, "never": table.never}
    small = (Statement("cellkey_no_small_counts", facts),) if table.never else ()
    return (
        Statement("cellkey_consistent"),
        Statement("cellkey_bounded", facts),
        Statement("cellkey_unbiased", facts),
        *small,
        Statement("cellkey_zeros_stay"),
        Statement("cellkey_not_additive", facts),
        Statement("cellkey_secret_needed"),
    )


def perturbed(counts: ArrayLike, keys: ArrayLike, table: Transitions) -> Perturbed:
    """Each count with the change that its cell key draws from its row. `keys` from `cell_keys`, parallel to `counts`.

    The same count with the same key gets the same change. Margins are not the sums of their published parts, and are
    never made to be: that would undo the consistency. Raises Refused("cellkey_counts_only").
    """
    values = np.asarray(counts, dtype=np.float64)
    if (values < 0).any() or (values != np.rint(values)).any():
        raise Refused("cellkey_counts_only")
    true: Ints = values.astype(np.int64)
    # The upper 53 bits, so that the draw is below 1.
    draws = (np.asarray(keys, dtype=np.uint64) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    steps = np.cumsum(table.chances, axis=1)
    steps /= steps[:, -1:]
    row = np.minimum(true, len(steps) - 1)
    change = np.zeros(true.shape, dtype=np.int64)
    for count in np.unique(row):
        here = row == count
        change[here] = table.deviations[np.searchsorted(steps[count], draws[here], side="right")]
    return Perturbed(true + change, change, table)
