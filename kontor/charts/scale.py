"""Maps from data to drawing units, and the round numbers at which an axis is labelled."""

import math
from collections.abc import Callable, Iterable

Scale = Callable[[float], float]

# A span smaller than this share of its own magnitude is rounding noise, not a range.
_NOISE = 1e-9
# Beyond these no quantity is meant, and differences or quotients of such numbers leave the range of a float.
_HUGE, _TINY = 1e150, 1e-150


def finite(value: float | None) -> float | None:
    """The value as a float, or None where it is missing, NaN, infinite or beyond 1e150."""
    return float(value) if value is not None and abs(value) < _HUGE else None


def known(values: Iterable[float | None]) -> list[float]:
    """The finite values, in their order."""
    return [number for value in values if (number := finite(value)) is not None]


def positive(value: float | None) -> float | None:
    """The finite value if it is above zero (1e-150), as a logarithmic scale needs it, else None."""
    number = finite(value)
    return number if number is not None and number > _TINY else None


def is_flat(low: float, high: float) -> bool:
    """Whether the domain is a single value, but for rounding."""
    return high - low <= max(_NOISE * max(abs(low), abs(high)), _TINY)


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """Map [low, high] to [start, end]; a flat domain maps everything to the middle."""
    if is_flat(low, high):
        return lambda _value: (start + end) / 2
    ratio = (end - start) / (high - low)
    return lambda value: start + (value - low) * ratio


def logarithmic(low: float, high: float, start: float, end: float) -> Scale:
    """Map [low, high], both above zero, to [start, end] by the logarithm; ValueError otherwise."""
    if low <= 0 or high <= 0:
        raise ValueError("a logarithmic scale needs a domain above zero")
    inner = linear(math.log(low), math.log(high), start, end)
    return lambda value: inner(math.log(value))


def clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def nice_step(span: float, count: int) -> float:
    """The smallest step of the 1-2-5 series that divides the span into at most `count` parts."""
    raw = span / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= raw * 0.999)


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Multiples of a 1-2-5 step inside [low, high], ascending; a flat domain gives its one value."""
    if is_flat(low, high):
        return [low]
    step = nice_step(high - low, count)
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    return [_tidy(index * step, step) for index in range(first, last + 1)]


def nice_axis(low: float, high: float, count: int = 5) -> list[float]:
    """Ticks at a 1-2-5 step that enclose the domain; a flat one is opened around its value, zero upwards."""
    if is_flat(low, high):
        room = abs(low) / 2
        low, high = (low - room, low + room) if room > _TINY else (0.0, 1.0)
    step = nice_step(high - low, count)
    first, last = math.floor(low / step + 1e-6), math.ceil(high / step - 1e-6)
    return [_tidy(index * step, step) for index in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2.5 and 5 times the powers of ten inside [low, high]; at least two of them, else linear ticks."""
    if low <= 0 or is_flat(low, high):
        return [low] if low > 0 else []
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [lead * 10.0**power for power in powers for lead in (1, 2.5, 5)]
    inside = [tick for tick in ticks if low * 0.999999 <= tick <= high * 1.000001]
    return inside if len(inside) >= 2 else nice_ticks(low, high, 3)


def log_axis(low: float, high: float) -> list[float]:
    """Powers of ten between the nearest of 1, 2 and 5 times one that enclose the domain, which must lie above zero."""
    if low <= 0:
        raise ValueError("a logarithmic axis needs a domain above zero")
    first, last = math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1
    steps = [lead * 10.0**power for power in range(first, last + 1) for lead in (1, 2, 5)]
    floor = max(step for step in steps if step <= low * 1.000001)
    roof = min(step for step in steps if step >= high * 0.999999 and step > floor)
    powers = [10.0**power for power in range(first, last + 1) if floor * 1.5 < 10.0**power < roof / 1.5]
    every = 1 + len(powers) // 7
    return [floor, *powers[::every], roof]


def _tidy(value: float, step: float) -> float:
    """The multiple of a step without the dust of binary fractions (0.30000000000000004)."""
    digits = max(0, 2 - math.floor(math.log10(step)))
    return round(value, min(digits, 300)) + 0.0
