"""The shape of a business and of a scenario: what profile and scenario files say. Configuration, no behaviour.

Every figure that stands for something in the world carries its source beside it; "assumption" is a source too.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, dataclass_transform

import msgspec
from msgspec import Meta

from .clock import Holiday

Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Positive = Annotated[int, Meta(gt=0)]
NonNegative = Annotated[int, Meta(ge=0)]
Weight = Annotated[int, Meta(ge=0)]


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all configuration: immutable, unknown keys refused."""


class Rate(Config):
    """A probability with its source."""

    value: Share
    source: str


class Figure(Config):
    """A non-negative figure with its source."""

    value: Annotated[float, Meta(ge=0.0)]
    source: str


class Weights(Config):
    """Relative frequencies with their source."""

    values: Annotated[list[Weight], Meta(min_length=1)]
    source: str


class AccountConfig(Config):
    """One account of the chart; `role` names what the business uses it for."""

    code: Annotated[str, Meta(pattern=r"^[0-9A-Z.]{1,10}$")]
    name: str
    type: str
    account_class: str
    role: str
    system_account: str = ""
    control: str = ""


class CategoryConfig(Config):
    """A product category: how many products, at what list price, bought at what share of it."""

    name: str
    code: str
    products: Positive
    price_from_cents: Positive
    price_to_cents: Positive
    cost_share: Share
    costing: Literal["FIFO", "FEFO - Batch", "Special - Batch"] = "FIFO"
    """How its cost is found; by batch, deliveries bear a label with batch and expiry."""
    shelf_life_days: NonNegative = 0
    """Longest time from delivery to expiry of what is kept by batch; 0: it does not expire."""


class SizeConfig(Config):
    """Orders a year and the largest horizon in months, by size."""

    small: Positive
    medium: Positive
    large: Positive


class CatalogueConfig(Config):
    """What is sold and who supplies it."""

    categories: Annotated[list[CategoryConfig], Meta(min_length=1)]
    suppliers: Annotated[int, Meta(ge=1, le=64)]
    supplier_terms_days: NonNegative
    concentration: Figure
    """Exponent of the rank-frequency curve of demand by product."""
    sizes: Annotated[list[str], Meta(min_length=1)]
    colours: Annotated[list[str], Meta(min_length=1)]


class DemandConfig(Config):
    """When and how much customers order."""

    weekday: Weights
    month: Weights
    hour: Weights
    dispersion: Figure
    """Variance of a day's orders over its mean."""
    extra_lines: Figure
    """Mean number of lines beyond the first."""
    second_unit: Rate
    yearly_growth: Figure
    cancelled: Rate
    returned: Rate
    return_days: Figure
    damaged_return: Rate
    promotion_days: Annotated[list[str], Meta()]
    """Spans such as "11-24/11-30", month and day, both included."""
    promotion_discount: Rate
    promotion_lift: Figure


class ChannelConfig(Config):
    """The shop and its gateway."""

    name: str
    free_shipping_from_cents: NonNegative
    shipping_cents: NonNegative
    tax: Rate
    fee: Rate
    fee_fixed_cents: NonNegative
    payout_workdays: Positive
    gateway_day_ends_hour: Annotated[int, Meta(ge=0, le=23)]
    """Local hour at which the gateway's day ends: midnight GMT, not the shop's midnight."""
    dispute: Rate
    dispute_fee_cents: NonNegative
    adjustment: Rate
    """A small correction of the gateway's own, per day."""
    download_minutes: Annotated[int, Meta(ge=15, le=1440)]


class SupplyConfig(Config):
    """Buying: cover, lead times, what suppliers get wrong."""

    lead_days: Figure
    lead_spread: Figure
    """Coefficient of variation of the lead time."""
    cover_days: Positive
    safety_days: NonNegative
    opening_cover_days: Positive
    short_delivery: Rate
    price_change: Rate
    price_change_size: Rate
    bill_days: Figure


class SyncConfig(Config):
    """The integration's rhythm and the ledger's limits."""

    every_minutes: Positive
    calls_per_minute: Positive
    calls_per_day: Positive
    attempts: Positive
    transient_error: Rate
    refused_contact: Rate
    attachment_warning: Rate
    idle_edit: Rate


class CloseConfig(Config):
    """The month-end close."""

    workday: Annotated[int, Meta(ge=1, le=15)]
    reopened: Rate
    overheads: list[OverheadConfig]


class OverheadConfig(Config):
    """A cost that comes every month: paid through the bank on `day`, or booked by journal at month-end (0)."""

    name: str
    role: str
    against: str
    amount_cents: Positive
    day: Annotated[int, Meta(ge=0, le=28)]
    source: str


class NoiseConfig(Config):
    """How often the everyday untidiness of a healthy business happens."""

    late_collection: Rate
    late_shipment_entry: Rate
    late_receipt_entry: Rate
    missed_reference: Rate
    mis_pick: Rate
    lost_units: Rate
    damaged_units: Rate
    groundless_ticket: Rate
    honest_setting_change: Rate
    part_bill: Rate
    late_bill: Rate


class RouteConfig(Config):
    """How goods go from one location to another."""

    source: str
    destination: str
    rule: Literal["fill", "clear"]
    """fill: keep the destination supplied for `cover_days`; clear: send on what lies at the source beyond them."""
    cover_days: NonNegative
    need: Rate
    """Share of the business's demand that the destination (fill) or source (clear) serves; what its workshop uses comes on
    top."""
    kept_days: NonNegative = 0
    """Days of the rest of the demand for which goods stay at the source (fill)."""
    categories: list[str] = []
    """Codes of the product categories that go this way; empty: all."""


class TransferConfig(Config):
    """Goods sent between locations."""

    routes: Annotated[list[RouteConfig], Meta(min_length=1, max_length=64)]
    travel_days: Figure
    short: Rate
    """Lines that arrive with a unit missing."""
    damaged: Rate
    late_entry: Rate
    """Arrivals that are booked in a day late."""


class ComponentConfig(Config):
    """One component of a made product: of the category's products, the one with the same number."""

    category: str
    quantity: Positive
    wastage_percent: Annotated[int, Meta(ge=0, le=100)]
    cost_weight: Annotated[int, Meta(ge=1, le=100)] = 1
    """Weight of its share of the cost when the product is taken apart."""


class MadeConfig(Config):
    """A category of products that the business makes."""

    category: str
    components: Annotated[list[ComponentConfig], Meta(min_length=1)]
    service_cents: NonNegative
    """Work on one unit."""


class ManufacturingConfig(Config):
    """What the business makes itself, where, and how exactly."""

    made: Annotated[list[MadeConfig], Meta(min_length=1)]
    making_days: Figure
    usage_noise: Rate
    """How often a batch uses one unit more or fewer of a component than the bill of materials says."""
    spoiled: Rate
    """How often one unit of a batch does not turn out well."""
    taken_apart: Rate
    """A made unit is taken apart for its components, per working day."""
    late_entry: Rate
    """Batches that are booked in a day late."""
    wage_rise: Rate
    """A new version of a product's bill of materials, with dearer work, per working day."""
    location: str = ""
    """Empty: the main one."""


class StocktakeConfig(Config):
    """Counting beyond the main location's weekly round."""

    months: list[Annotated[int, Meta(ge=1, le=12)]]
    """In which months everything is counted, on their first Saturday."""
    branch_cycle_weeks: NonNegative
    """In how many weeks the other locations count everything once, part by part; 0: never."""


class StaffConfig(Config):
    """How many people do the work, and how often one is replaced."""

    pickers: Positive
    turnover: Rate


class Profile(Config):
    """A kind of business."""

    name: str
    title: str
    description: str
    ledger: str
    location: str
    orders_a_year: SizeConfig
    catalogue: CatalogueConfig
    demand: DemandConfig
    channel: ChannelConfig
    supply: SupplyConfig
    sync: SyncConfig
    close: CloseConfig
    noise: NoiseConfig
    staff: StaffConfig
    holidays: list[Holiday]
    accounts: Annotated[list[AccountConfig], Meta(min_length=1)]
    transfers: TransferConfig | None = None
    manufacturing: ManufacturingConfig | None = None
    stocktakes: StocktakeConfig | None = None


def branches(profile: Profile) -> list[str]:
    """Locations beside the main one, in order of their mention."""
    names = [place for route in profile.transfers.routes for place in (route.source, route.destination)
             ] if profile.transfers else []  # fmt: skip
    if profile.manufacturing and profile.manufacturing.location:
        names.append(profile.manufacturing.location)
    return [name for name in dict.fromkeys(names) if name != profile.location]


class EventConfig(Config):
    """A fault or decoy put into a scenario: what, since when, with which parameters of its own."""

    name: str
    onset: str = ""
    """A date, or empty: active from founding."""
    parameters: dict[str, float | int | str] = {}


class Scenario(Config):
    """One business, one window, and what goes wrong in it."""

    name: str
    title: str
    story: str
    profile: str
    start: dt.date
    months: Annotated[int, Meta(ge=1, le=36)]
    size: str = "medium"
    orders_a_year: Annotated[int, Meta(ge=0, le=500_000)] = 0
    """Overrides the size's figure when not 0."""
    seed: Annotated[int, Meta(ge=0)] = 1
    faults: list[EventConfig] = []
    decoys: list[EventConfig] = []


class Case(msgspec.Struct, frozen=True):
    """A scenario with everything it refers to: what a run needs."""

    scenario: Scenario
    profile: Profile
    seed: int
