"""How complex a business is, by the practitioners' own list, and when somebody who knows one system well is enough for it.

Source of both lists: the practitioners' articles that the catalogue of faults is drawn from.
"""

from __future__ import annotations

from sim.profile import Profile


def marks(profile: Profile) -> dict[str, bool]:
    """The ten marks of complexity, and which of them a business bears."""
    kinds = {channel.kind for channel in profile.channels}
    places = {place.kind for place in profile.locations}
    groups = profile.supply.groups
    return {
        "ledger sync": True,  # no business here keeps its ledger by hand
        "sales channels": bool(kinds - {"phone"}),
        "3PL, EDI, warehouse": "third_party" in places or bool(kinds & {"edi", "amazon_fba"}),
        "WMS": bool(places & {"own", "third_party"}),
        "several locations": len(profile.locations) > 1,
        "assemblies or BOM": profile.manufacturing is not None,
        "landed cost": any(group.freight.value or group.duty.value for group in groups),
        "PO revaluation": any(group.price_change.value for group in groups),
        "clearing accounts and gateways": bool(profile.gateways),
        "forecasting, replenishment, MRP, supply rules": any(
            of.planning != "reorder_point" for of in groups
        ) or any(config.tool != "reorder_point" for config in profile.planning),
    }


def generalist_conditions(profile: Profile) -> dict[str, bool]:
    """When a generalist is enough, and which of these conditions a business meets.

    Two more conditions are no property of a business: a one-off with a traceable source, and a provider who can move
    through configuration, integration and ledger.
    """
    kinds = {channel.kind for channel in profile.channels}
    logistics = {place.kind for place in profile.locations} & {"own", "third_party", "amazon"}
    return {
        "a simple catalogue without channels": not kinds - {"phone"},
        "no warehouse, manufacturing, e-commerce or 3PL": not (logistics or profile.manufacturing or kinds - {"phone", "pos"}),
    }
