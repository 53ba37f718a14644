"""Available to promise: what of stock and planned supply no customer order has taken yet."""

from __future__ import annotations

from collections.abc import Sequence


def available_to_promise(on_hand: float, supply: Sequence[float], orders: Sequence[float]) -> list[float]:
    """Discrete available to promise by period, in units; zero in periods without supply.

    What is on hand and comes in the first period covers the orders until the next supply; each later supply covers the
    orders until the one after it. Where orders are more than that, the earlier supplies lend what they have left.

    Args: supply, orders: by period, of the same length, no NaN.
    Raises: ValueError where the lengths differ.
    Source: APICS, discrete ATP with look-ahead.
    >>> available_to_promise(50, [0, 100, 0, 100], [30, 40, 20, 30])
    [20.0, 40.0, 0.0, 70.0]
    >>> available_to_promise(50, [0, 10], [30, 40])
    [0.0, 0.0]
    """
    if len(supply) != len(orders):
        raise ValueError(f"supply has {len(supply)} periods, orders {len(orders)}")
    starts = [t for t in range(len(supply)) if t == 0 or supply[t] > 0]
    found = [0.0] * len(supply)
    for n, start in enumerate(starts):
        end = starts[n + 1] if n + 1 < len(starts) else len(supply)
        found[start] = supply[start] + (on_hand if start == 0 else 0.0) - sum(orders[start:end])
    lacking = 0.0
    for t in reversed(starts):
        found[t] -= lacking
        lacking = max(0.0, -found[t])
        found[t] = max(0.0, float(found[t]))
    return [float(v) for v in found]
