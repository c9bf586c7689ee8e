"""Contradictions in a profile: parts that cannot belong to one business, such as a stocktake where nothing is stored.

A contradiction is a value: the key path and the reason. The loader refuses the profile with the first one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sim.profile import Profile

Contradiction = tuple[str, str]
"""Key path, what is wrong and what is allowed."""
_STORED = ("transfers", "manufacturing", "stocktakes")
"""Sections about goods that lie somewhere."""


def contradictions(profile: Profile) -> Iterator[Contradiction]:
    """Everything about a profile that cannot be, in order of its sections."""
    yield from _without_stock(profile) if not profile.inventory_tracking else _with_stock(profile)
    yield from _shippers(profile)
    yield from _sent_directly(profile)
    yield from _services(profile)
    yield from _on_account(profile)


def _on_account(profile: Profile) -> Iterator[Contradiction]:
    """Money is taken with an order by a gateway, or not at all."""
    for n, channel in enumerate(profile.channels):
        if channel.capture == "order" and not channel.gateways:
            yield f"channels[{n}].capture", (f"customers of {channel.name} buy on account, so nobody takes money with their "
                                             "order; allowed is 'fulfilment'")  # fmt: skip


def _without_stock(profile: Profile) -> Iterator[Contradiction]:
    """With inventory tracking off, nothing is received, stored, moved, made or counted."""
    off = "with inventory_tracking off"
    for n, place in enumerate(profile.locations):
        if place.kind != "office":
            yield f"locations[{n}].kind", f"{place.kind!r} keeps stock, and {off} there is none; allowed is office"
    for n, category in enumerate(profile.catalogue.categories):
        if not profile.supply.is_direct(category):
            yield f"catalogue.categories[{n}].supply", (f"{category.code} is bought for stock, and {off} there is none; "
                                                        "the name of a drop shipper is needed")  # fmt: skip
    if profile.supply.groups:
        yield "supply.groups", f"{profile.supply.groups[0].name} delivers to a warehouse; {off} none is allowed"
    for name in _STORED:
        if getattr(profile, name) is not None:
            yield name, f"there is nothing to move, make or count {off}; leave this out"


def _with_stock(profile: Profile) -> Iterator[Contradiction]:
    for n, place in enumerate(profile.locations):
        if place.kind == "office":
            yield f"locations[{n}].kind", ("an office keeps no stock and needs inventory_tracking off; allowed are own, store, "
                                           "third_party, amazon")  # fmt: skip
    if not profile.supply.groups:
        yield "supply.groups", "nobody delivers to the warehouse; at least one is needed, or inventory_tracking off"


def _services(profile: Profile) -> Iterator[Contradiction]:
    """Work is on the price list before it is on offer, has an account of its own, and takes longer than a till's receipt."""
    services, bought = ([of.code for of in work] for work in (profile.catalogue.services, profile.supply.services))
    roles = [account.role for account in profile.accounts]
    for place, codes in (("catalogue", services), ("supply", bought)):
        for n, code in enumerate(codes):
            times = (services + bought).count(code)
            if times > 1:
                yield f"{place}.services[{n}].code", f"{code!r} is there {times} times; once is allowed"
    for n, work in enumerate(profile.supply.services):
        if work.role not in roles:
            yield f"supply.services[{n}].role", f"no account has the role {work.role!r}; who buys work needs one that bears it"
        if work.from_cents > work.to_cents:
            yield f"supply.services[{n}].from_cents", f"is above to_cents; allowed is up to {work.to_cents}"
    if services and "service_income" not in roles:
        yield "catalogue.services", "no account has the role service_income; who sells work needs one"
    offers = [(n, m, offer.code) for n, channel in enumerate(profile.channels) for m, offer in enumerate(channel.services)]
    for n, m, code in offers:
        at = f"channels[{n}].services[{m}].code"
        if code not in services:
            yield at, f"no service has the code {code!r}; known are {', '.join(services) or 'none'}"
        if profile.channels[n].kind in ("pos", "amazon_fba"):
            yield at, f"a channel of kind {profile.channels[n].kind} hands goods over at once; leave services out"


def _shippers(profile: Profile) -> Iterator[Contradiction]:
    supply = profile.supply
    names = Counter([*(group.name for group in supply.groups), *(shipper.name for shipper in supply.drop_shippers)])
    for n, shipper in enumerate(supply.drop_shippers):
        at = f"supply.drop_shippers[{n}]"
        if names[shipper.name] > 1:
            yield f"{at}.name", f"{shipper.name!r} is there {names[shipper.name]} times; each name may be there once"
        products = sum(of.products for of in profile.catalogue.categories if of.supply == shipper.name)
        if products < shipper.suppliers:
            yield f"{at}.suppliers", f"{shipper.suppliers} suppliers for {products} products; each needs one to send"


def _sent_directly(profile: Profile) -> Iterator[Contradiction]:
    """What a drop shipper sends is sold, and neither stored nor used here."""
    categories, supply = profile.catalogue.categories, profile.supply
    direct = {category.code for category in categories if supply.is_direct(category)}
    for n, category in enumerate(categories):
        at = f"catalogue.categories[{n}]"
        if category.code not in direct:
            if n and category.sold and categories[n - 1].code in direct:
                yield f"{at}.supply", "what is sold from stock comes before what drop shippers send; an earlier place is needed"
        elif not category.sold:
            yield f"{at}.sold", "a drop shipper sends to customers; allowed is true"
        elif category.costing != "FIFO":
            yield f"{at}.costing", "what never lies here has no batch; allowed is FIFO"
    for n, route in enumerate(profile.transfers.routes if profile.transfers else ()):
        for code in sorted(direct & set(route.categories)):
            yield f"transfers.routes[{n}].categories", f"{code} never lies here: a drop shipper sends it; leave it out"
    for n, made in enumerate(profile.manufacturing.made if profile.manufacturing else ()):
        for code in sorted(direct & {made.category, *(part.category for part in made.components)}):
            yield f"manufacturing.made[{n}]", f"{code} never lies here: a drop shipper sends it; it is neither made nor used"
