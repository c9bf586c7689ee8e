"""Planning tools: what each of them says is to be ordered, from what Cin7 shows.

Each product has one owner among them in a healthy business; the setting says which. Two tools that own the same product both
order it: neither sees what the other is about to. Pure; knows nothing of suppliers and shelves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...cin7.configuration import MRP, REORDER_LEVEL
from ...cin7.core import Cin7Core

Units = npt.NDArray[np.int64]
Rates = npt.NDArray[np.float64]
_REVIEW_DAYS = 4
"""Longest time between two reviews: what runs short before the next one is planned in this one."""


def unmet(cin7: Cin7Core) -> dict[int, int]:
    """Units of each product that customers wait for."""
    found: dict[int, int] = {}
    for sale in cin7.sales.backorders.values():
        for sku, units, *_ in sale.lines:
            found[sku] = found.get(sku, 0) + units
    return found


def made_position(cin7: Cin7Core, sku: int, waiting: dict[int, int]) -> int:
    """Units of a made product that are free, on their way or being made, less those that customers wait for."""
    position = sum(stock.available(sku) + stock.incoming[sku] for stock in cin7.stocks) - waiting.get(sku, 0)
    return position + sum(assembly.units for assembly in cin7.production.open.values() if assembly.sku == sku)


def to_make(cin7: Cin7Core, sku: int, position: int) -> int:
    """Units of a made product to be assembled now, by the tool that plans it; 0 for none."""
    catalogue = cin7.catalogue
    tools, point = catalogue.planned_by[sku], catalogue.reorder_point[sku]
    if tools & REORDER_LEVEL and position <= point:
        return max(catalogue.reorder_quantity[sku], point - position)
    return -position if tools & MRP and position < 0 else 0


def forecast_points(daily: Rates, lead: Units, safety: Units, season: Sequence[float], months: tuple[int, Units]) -> Units:
    """Units at which each product is to be ordered: its velocity, as the season will have it on arrival, times lead time.

    `months`: the month of today and of each product's arrival, from 0.
    """
    weights = np.array(season, float)
    factor = weights[months[1]] / weights[months[0]]
    points: Units = np.maximum(2, np.rint(daily * factor * (lead + safety))).astype(np.int64)
    return points


def component_needs(cin7: Cin7Core, daily: Rates, lead: Units, day: int) -> Units:
    """Units of each component that work orders will need which are to be planned before it could come: gross requirements."""
    needs, waiting = np.zeros(len(daily), np.int64), unmet(cin7)
    for sku in cin7.production.made:
        bom = cin7.production.bom(sku, day)
        if bom is None:
            continue
        position = made_position(cin7, sku, waiting)
        for part in bom.components:
            used = round(float(daily[sku]) * (int(lead[part.sku]) + _REVIEW_DAYS))
            units = to_make(cin7, sku, position - used)
            needs[part.sku] += part.quantity * units + part.wastage(units)
    return needs


def to_order(
    cin7: Cin7Core, position: Units, points: dict[int, Units], needs: Units, refill: Units
) -> Units:
    """Units of each product to be bought now, over all tools that own it.

    `points`: by tool, the position at which it orders; `needs`: what MRP has to cover; `refill`: what the position is filled
    up by beyond the point.
    """
    catalogue = cin7.catalogue
    tools, least = np.array(catalogue.planned_by, np.int64), np.array(catalogue.reorder_quantity, np.int64)
    units = np.zeros(len(position), np.int64)
    for tool, point in points.items():
        low = ((tools & tool) > 0) & (position <= point)
        units += np.where(low, np.maximum(least, point + refill - position), 0)
    short = ((tools & MRP) > 0) & (position < needs)
    units += np.where(short, needs - position, 0)
    units[list(cin7.production.made)] = 0  # the workshop's planner owns these
    return units
