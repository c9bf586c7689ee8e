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
    supply: str = ""
    """The supply group it is bought from; empty for the first one."""
    unit_grams: NonNegative = 0
    """What one unit weighs; freight may be spread by it."""
    unit_cm3: NonNegative = 0
    """The room one unit takes up."""


class SizeConfig(Config):
    """Orders a year and the largest horizon in months, by size."""

    small: Positive
    medium: Positive
    large: Positive


class CatalogueConfig(Config):
    """What is sold and who supplies it."""

    categories: Annotated[list[CategoryConfig], Meta(min_length=1)]
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


NEVER = Rate(0.0, "does not occur here")
NOTHING = Figure(0.0, "does not occur here")


class SupplyGroupConfig(Config):
    """Suppliers of one kind: how the business buys from them, how they deliver, and what they get wrong."""

    name: str
    suppliers: Annotated[int, Meta(ge=1, le=64)]
    terms_days: NonNegative
    approach: Literal["STOCK", "INVOICE"]
    """What Cin7 is told first: that goods came (STOCK) or that the supplier billed (INVOICE)."""
    lead_days: Figure
    lead_spread: Figure
    """Coefficient of variation of the lead time."""
    cover_days: Positive
    safety_days: NonNegative
    opening_cover_days: Positive
    short_delivery: Rate
    price_change: Rate
    """Lines billed at another price than ordered."""
    price_change_size: Rate
    bill_days: Figure
    """Mean days until the bill is written: from the delivery, or from the order where the bill comes first."""
    advanced: bool = False
    """Advanced purchases: goods billed ahead reach the inventory account once all that was billed has come."""
    planning: Literal["reorder_point", "forecast"] = "reorder_point"
    """When to order: at the reorder point kept in Cin7, or when the season's forecast says so."""
    deliver_to: str = ""
    """Location that the goods are delivered to; empty for the main one."""
    new_price_list: Rate = NEVER
    """A supplier sends a new price list, per month."""
    new_price_size: Rate = NEVER
    """Largest change of a price on it."""
    refused_order: Rate = NEVER
    """Orders that the supplier cannot take, and that are voided."""
    blind_receipt: Rate = NEVER
    """Purchases received without seeing the quantities ordered."""
    over_delivery: Rate = NEVER
    """Those of them that bring more than ordered."""
    returned_to_supplier: Rate = NEVER
    """Deliveries of which faulty units go back for credit."""
    price_credit: Rate = NEVER
    """Bills that the supplier later corrects by a credit note."""
    deposit: Rate = NEVER
    """Share of an order paid ahead."""
    freight: Rate = NEVER
    """Freight as a share of the goods, billed by a forwarder after the delivery."""
    freight_by: Literal["Cost", "Quantity", "Weight", "Volume"] = "Volume"
    duty: Rate = NEVER
    """Duty as a share of the goods, billed with the freight."""
    charge_days: Figure = NOTHING
    """Mean days from the delivery to the forwarder's bill."""


class SupplyConfig(Config):
    """Buying: how purchases are booked, and from whom."""

    accrual: bool
    """Whether goods received and not billed are accrued."""
    cost_correction_dated: Literal["invoice", "receipt"]
    """Where a bill's price differs from the order's: the accrual is reversed and posted anew at the invoice's date, and what
    was sold is corrected at the date it was shipped; or the whole correction is dated back to the receipt."""
    groups: Annotated[list[SupplyGroupConfig], Meta(min_length=1)]

    def group_of(self, category: CategoryConfig) -> int:
        """The place of the group that a category is bought from. Raises ValueError when there is none of that name."""
        names = [group.name for group in self.groups]
        return names.index(category.supply) if category.supply else 0


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
    undone_receipt: Rate = NEVER
    """Receipts entered with a wrong quantity, undone and entered again."""


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
