"""The shape of a business and of a scenario: what profile and scenario files say. Configuration, no behaviour.

Every figure that stands for something in the world carries its source beside it; "assumption" is a source too.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, dataclass_transform, get_args

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


NEVER = Rate(0.0, "does not occur here")
NOTHING = Figure(0.0, "does not occur here")


class Change(Config):
    """A relative change with its source; below 0 it is a decline."""

    value: Annotated[float, Meta(ge=-0.9, le=10.0)]
    source: str


class Weights(Config):
    """Relative frequencies with their source."""

    values: Annotated[list[Weight], Meta(min_length=1)]
    source: str


class AccountConfig(Config):
    """One account of the chart; `role` names what the business uses it for."""

    code: Annotated[str, Meta(pattern=r"^[0-9A-Z.]{0,10}$")]
    """Empty: Cin7 does not see the account (Xero); only what is booked in the ledger alone can use it."""
    name: str
    type: str
    account_class: str
    role: str
    system_account: str = ""
    control: str = ""
    stands_for: Literal["", "inventory", "cogs", "sales"] = ""
    """The role whose place it takes for some products or channels; a rule of `account_rules` says for which."""

    @property
    def known_as(self) -> str:
        """Its code; of an account without one, its name."""
        return self.code or self.name


class CategoryConfig(Config):
    """A product category: how many products, at what list price, bought at what share of it."""

    name: str
    code: str
    products: Positive
    price_from_cents: Positive
    price_to_cents: Positive
    cost_share: Share
    sold: bool = True
    """False for materials that no channel sells; such categories come last."""
    supply: str = ""
    """The supply group it is bought from; empty for the first one. With the name of a drop shipper: it never lies here."""
    unit_grams: NonNegative = 0
    """What one unit weighs; freight may be spread by it."""
    unit_cm3: NonNegative = 0
    """The room one unit takes up."""
    costing: Literal["FIFO", "FEFO - Batch", "Special - Batch", "FIFO - Serial Number", "Special - Serial Number"] = "FIFO"
    """How its cost is found; by batch, deliveries bear a label with batch and expiry; by serial number, each unit bears
    one, and by "Special" it costs what its own delivery cost."""
    varies: list[Literal["colour", "size"]] | None = None
    """By which options its products differ within a family; none: products of their own. Without it, as the catalogue says."""
    shelf_life_days: NonNegative = 0
    """Longest time from delivery to expiry of what is kept by batch; 0: it does not expire."""

    @property
    def by_batch(self) -> bool:
        """Whether its deliveries bear labels."""
        return self.costing.endswith("Batch")


class SizeConfig(Config):
    """Orders a year and the largest horizon in months, by size."""

    small: Positive
    medium: Positive
    large: Positive


class ServiceConfig(Config):
    """Work that the business does for its customers at a fixed price, such as gift wrapping."""

    name: str
    code: Annotated[str, Meta(pattern=r"^[A-Z0-9-]{1,12}$")]
    price_cents: Positive


class CatalogueConfig(Config):
    """What is sold and who supplies it."""

    categories: Annotated[list[CategoryConfig], Meta(min_length=1)]
    sizes: Annotated[list[str], Meta(min_length=1)]
    colours: Annotated[list[str], Meta(min_length=1)]
    families: bool = True
    """Whether products come in families of colours and sizes, unless their category says otherwise."""
    services: list[ServiceConfig] = []


class Quantiles(Config):
    """A distribution of whole numbers: the share `at[n]` of all is at most `values[n]`.

    Both ascend, `at` from 0 to 1; between two entries the share grows in proportion, and a figure is rounded up.
    """

    at: Annotated[list[Share], Meta(min_length=2)]
    values: Annotated[list[Annotated[int, Meta(ge=0, le=400)]], Meta(min_length=2)]
    source: str


class Shares(Config):
    """How concentrated something is: the `top[n]` of all ranks have `share[n]` of the whole. Both ascend, below 1."""

    top: Annotated[list[Share], Meta(min_length=1)]
    share: Annotated[list[Share], Meta(min_length=1)]
    source: str


class UnitsConfig(Config):
    """How many units a line is for, and what large quantities go along with.

    `by_...` are correlations of a line's units (as normal scores) with something else; their squares add up to 1 at most.
    """

    sizes: Annotated[list[Annotated[int, Meta(ge=1, le=4000)]], Meta(min_length=1)]
    """Quantities that occur, ascending."""
    weights: Annotated[list[Weight], Meta(min_length=1)]
    source: str
    by_order: Share = 0.0
    """With what the lines of an order have in common: who buys by the carton does so throughout."""
    by_basket: Share = 0.0
    """How far that goes along with fewer lines in the order."""
    by_price: Share = 0.0
    """With a lower list price."""
    by_popularity: Share = 0.0
    """With a more popular product."""
    by_product: Share = 0.0
    """With what else is a product's own, such as the size of its carton."""


class TierConfig(Config):
    """A rebate for quantity."""

    units_from: Positive
    discount: Share
    source: str


class DemandConfig(Config):
    """When, what and how much the customers of a channel order, and what they think better of."""

    weekday: Weights
    """From Monday; a weekday may have none."""
    month: Weights
    hour: Weights
    day_spread: Figure
    """Coefficient of variation of a day's expected orders, beside season, weekday and pure chance."""
    day_persistence: Rate
    """Correlation of that with the day before."""
    lines: Quantiles
    """Lines an order."""
    units: UnitsConfig
    popularity: Shares
    """Share of all lines that the most popular products have while they are listed."""
    launched: Rate
    """Share of products that are listed for the first time, in a year."""
    discontinued: Rate
    """Share of products that are listed for the last time, in a year."""
    customers_an_order: Figure
    """Customers over orders."""
    customer_shares: Shares
    """Share of all orders that the most frequent customers place."""
    reordered: Rate
    """Share of a returning customer's lines that repeat a product of the order before."""
    yearly_growth: Change
    cancelled: Rate
    """Share of orders cancelled before they are packed."""
    cancel_minutes: Figure
    """Latest cancellation; all moments before are equally likely."""
    returned: Rate
    """Share of orders of which a line comes back."""
    returned_whole: Rate
    """Share of returned lines of which every unit comes back."""
    return_days: Figure
    """Median days from delivery to return."""
    return_days_spread: Figure
    """Standard deviation of the logarithm of those days."""
    damaged_return: Rate
    promotion_days: Annotated[list[str], Meta()]
    """Spans such as "11-24/11-30", month and day, both included."""
    promotion_discount: Rate
    promotion_lift: Figure
    tiers: list[TierConfig] = []
    """Ascending."""
    closed_days: list[str] = []
    """Spans without orders, as above."""
    closed_on_holidays: bool = False


class LocationConfig(Config):
    """A place where stock lies: the business's own warehouse, a shop floor, a third party's, or Amazon's."""

    name: str
    kind: Literal["own", "store", "third_party", "amazon", "office"]
    """An office is where sales are made by a business that keeps no stock."""
    cover_days: NonNegative = 0
    """Days of sales kept there by transfers from the main location; 0 for the main location itself."""


class GatewayConfig(Config):
    """Who takes customers' money and pays it out, less fees."""

    name: str
    kind: Literal["shopify_payments", "stripe", "paypal", "amazon"]
    role: str
    """Role of its clearing account."""
    fee: Rate
    fee_fixed_cents: NonNegative
    payout_every_days: Positive
    payout_workdays: NonNegative
    """Working days from the end of a payout's period to the bank."""
    day_ends_hour: Annotated[int, Meta(ge=0, le=23)]
    """Local hour at which the gateway's day ends: midnight GMT, not the shop's midnight."""
    reserve: Rate
    """Share of a period's charges held back until the next payout."""
    negative: Literal["carry", "withdraw"]
    """What happens to a payout below zero: carried to the next, or taken from the bank."""
    dispute: Rate
    dispute_fee_cents: NonNegative
    adjustment: Rate
    """A small correction of the gateway's own, per day."""
    dispute_won: Rate = NEVER
    """Disputes that end with the money given back."""
    dispute_fee_returned: bool = True
    """Whether their fee is given back too."""
    fee_unit_cents: NonNegative = 0
    """A fee for each unit, as Amazon takes for fulfilling."""
    monthly_fee_cents: NonNegative = 0


class GatewayShare(Config):
    """Which share of a channel's customers pays by which gateway."""

    name: str
    share: Share


class OfferedConfig(Config):
    """How often customers of a channel want a service."""

    code: str
    with_goods: Rate
    """Orders of goods that it comes with, as a line of its own."""
    alone: Rate
    """Orders after which it is ordered once more, weeks later and alone."""


class PriceTierConfig(Config):
    """One price list, for some of a channel's customers on account."""

    name: str
    customers: Share
    """Of the channel's customers, those who buy by it."""
    price_share: Share
    """Its prices as a share of list prices."""
    source: str


class ChannelConfig(Config):
    """One way in which customers buy."""

    name: str
    kind: Literal["shopify", "amazon_mfn", "amazon_fba", "pos", "edi", "phone"]
    share: Share
    """Of the business's orders."""
    location: str
    """Where its goods leave from."""
    gateways: list[GatewayShare]
    """Empty: customers buy on account."""
    capture: Literal["order", "fulfilment"]
    """When the gateway takes the money."""
    price_share: Share
    """Its prices as a share of list prices: 1 for retail, less for trade."""
    free_shipping_from_cents: NonNegative
    shipping_cents: NonNegative
    tax: Rate
    download_minutes: Annotated[int, Meta(ge=15, le=1440)]
    demand: DemandConfig
    account: AccountTermsConfig | None = None
    price_tiers: list[PriceTierConfig] = []
    """Price lists of its customers on account, the dearest first; none: all pay `price_share`."""
    ordered_ahead: Rate = NEVER
    """Orders to be sent on a later day: of a web shop, those for what is not there; of others, any."""
    ahead_days: Figure = NOTHING
    """Most days from such an order to the day on which it is to be sent."""
    quoted: Rate = NEVER
    """Orders that begin as a quote."""
    lost_quotes: Figure = NOTHING
    """Quotes that come to nothing, per working day."""
    resent_order: Rate = NEVER
    """Orders that a retailer's system sends twice, by electronic document."""
    partial_shipments: bool = False
    """What is there goes first and the rest follows, instead of waiting for all."""
    services: list[OfferedConfig] = []


NEVER = Rate(0.0, "does not occur here")
NOTHING = Figure(0.0, "does not occur here")


class AccountTermsConfig(Config):
    """How customers who buy on account pay."""

    terms_days: NonNegative
    late_days: Figure
    """Mean days by which they are late."""
    short: Rate
    """Payments of less than the invoice; the rest comes weeks later."""
    over: Rate
    """Payments of more than the invoice; the rest is an unallocated credit."""
    sets_off: Rate = NEVER
    """Credit notes that are kept back from the invoice while it is unpaid; others are paid out."""
    disputed: Rate = NEVER
    """Invoices of which customers hold part back, with a complaint."""
    conceded: Rate = NEVER
    """Those of them that end with a credit note; the others are paid in the end."""


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
    planning: Literal["reorder_point", "mrp", "forecast"] = "reorder_point"
    """When to order: at the reorder point kept in Cin7, for demand that is not met, or when the season's forecast says so."""
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


class DropShipperConfig(Config):
    """Suppliers who send what they sell straight to the business's customers."""

    name: str
    suppliers: Annotated[int, Meta(ge=1, le=64)]
    terms_days: NonNegative
    dispatch_days: Figure
    """Mean working days from the order to the dispatch."""
    dispatch_spread: Figure
    """Coefficient of variation of that time."""
    late: Rate
    """Orders that leave one or two weeks late."""
    out_of_stock: Rate
    """Lines of which the supplier has nothing, or not all."""
    late_note: Rate
    """Dispatches that the business hears of some days later."""
    price_change: Rate
    """Lines billed at another price than ordered."""
    price_change_size: Rate
    bill_days: Figure
    """Mean days from the dispatch to the bill."""
    kept: Rate
    """Returns that are not worth sending back: the customer keeps the goods, and nobody credits them to the business."""
    credited: Rate
    """Returns sent back to the supplier that he credits; the rest he refuses."""


class BoughtServiceConfig(Config):
    """Work that the business buys now and then, such as photography; what belongs to goods is landed cost instead."""

    name: str
    code: Annotated[str, Meta(pattern=r"^[A-Z0-9-]{1,12}$")]
    role: str
    """Role of the account that bears it."""
    a_month: Figure
    """Mean orders a month."""
    from_cents: Positive
    to_cents: Positive
    work_days: Figure
    """Mean days from the order to the bill."""
    terms_days: NonNegative


class SupplyConfig(Config):
    """Buying: how purchases are booked, and from whom."""

    accrual: bool
    """Whether goods received and not billed are accrued."""
    cost_correction_dated: Literal["invoice", "receipt"]
    """Where a bill's price differs from the order's: the accrual is reversed and posted anew at the invoice's date, and what
    was sold is corrected at the date it was shipped; or the whole correction is dated back to the receipt."""
    groups: list[SupplyGroupConfig]
    drop_shippers: list[DropShipperConfig] = []
    services: list[BoughtServiceConfig] = []
    """Each is bought from one provider."""

    def group_of(self, category: CategoryConfig) -> int:
        """The place of the group that a category is bought from. Raises ValueError when there is none of that name."""
        names = [group.name for group in self.groups]
        return names.index(category.supply) if category.supply else 0

    @property
    def suppliers(self) -> int:
        """How many deliver here."""
        return sum(group.suppliers for group in self.groups)

    @property
    def direct_suppliers(self) -> int:
        """How many send to customers."""
        return sum(shipper.suppliers for shipper in self.drop_shippers)

    def is_direct(self, category: CategoryConfig) -> bool:
        """Whether a drop shipper sends a category's products, so that they never lie here."""
        return bool(category.supply) and category.supply in [shipper.name for shipper in self.drop_shippers]


SyncType = Literal["Individual", "Daily consolidate", "Monthly consolidate", "No sync", "Consolidate by Amazon settlement"]
SYNC_TYPES: tuple[SyncType, ...] = get_args(SyncType)


class ChannelSyncConfig(Config):
    """How a channel's documents go to the ledger; a channel that is not named sends each by itself."""

    name: str
    """The channel's."""
    invoices: SyncType = "Individual"
    cogs: SyncType = "Individual"
    payments: SyncType = "Individual"


class SyncConfig(Config):
    """The integration's rhythm and the ledger's limits."""

    every_minutes: Positive
    attempts: Positive
    """How often a record is tried before a person has to look at it."""
    transient_error: Rate
    """The ledger is busy, per call; likewise the next four."""
    refused_contact: Rate
    """A contact's or product's name is refused."""
    attachment_warning: Rate
    idle_edit: Rate
    """A memo edited on a finished sale, per sale."""
    attached_bill: Rate = NEVER
    """Bills whose scan is attached in Cin7 and follows them to the ledger, in a record of its own."""
    lost_answer: Rate = NEVER
    """The ledger has taken a call and its answer is lost."""
    others_calling: Rate = NEVER
    """Another application holds the connections that the ledger allows."""
    product_edit: Rate = NEVER
    """Somebody edits a product, which sends it again, per working day."""
    mistyped_name: Rate = NEVER
    """Product edits that leave something in its name, until the record is reviewed, which the ledger does not take: a symbol, a
    description that is too long, or (where names are unique) another product's name."""
    duplicate_number: Rate = NEVER
    """The ledger has the number already: of a supplier's bill (QuickBooks Online), or of an invoice (Xero); per call."""
    lost_reference: Rate = NEVER
    """A document's customer or supplier was merged with another entry in QuickBooks Online, per call."""
    stale_edit: Rate = NEVER
    """Edits that meet another edit of the same document in QuickBooks Online."""
    unlinked_tax_rule: Rate = NEVER
    """A tax rule is edited and loses its code in the ledger until the warnings are reviewed, per working day."""
    calls_per_minute: Positive | None = None
    """Instead of what the ledger allows."""
    calls_per_day: Positive | None = None
    documents_a_call: Annotated[int, Meta(ge=1, le=50)] = 1
    """New documents of one type that the job puts into one call."""
    connections: Positive = 5
    """Calls that the job makes at the same time."""
    channels: list[ChannelSyncConfig] = []
    connects_as_adviser: bool = False
    """Whether the user it connects as is an adviser of the Xero organisation, whom the lock date of a period does not bind."""


class CloseConfig(Config):
    """The month-end close."""

    workday: Annotated[int, Meta(ge=1, le=15)]
    reopened: Rate
    overheads: Annotated[list[OverheadConfig], Meta(max_length=32)]
    year_ends_month: Annotated[int, Meta(ge=1, le=12)] = 12
    """Last month of the business's financial year."""
    year_finished_months: Annotated[int, Meta(ge=1, le=11)] = 3
    """The outside accountant finishes the year with the close of this many months later."""
    seam_days: Annotated[int, Meta(ge=0, le=1)] = 0
    """By how much Cin7's lock date, which means "earlier than", falls short of the ledger's, which means "on or before": 1
    when the same date is typed into both, so that the lock day itself is open in one and closed in the other."""
    locked_until: dt.date | None = None
    """The ledger's lock date when the window begins, before its first day."""


class OverheadConfig(Config):
    """A cost that comes every month: paid through the bank on `day`, or booked by journal at month-end (0).

    What is `yearly` is booked by the outside accountant when the year is finished, dated at its end.
    """

    name: str
    role: str
    against: str
    amount_cents: Positive
    day: Annotated[int, Meta(ge=0, le=28)]
    source: str
    yearly: bool = False


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
    item_put_away: Rate = NEVER
    """The bookkeeper takes an item for unused and makes it inactive, per working day."""
    new_price: Rate = NEVER
    """A product and its family get another price, on the list and in all channels, per working day."""
    new_price_tier: Rate = NEVER
    """A customer on account is put to another of the channel's price lists, per working day."""
    emailed_bill: Rate = NEVER
    """Suppliers' bills that are e-mailed to the ledger too (Xero), where they lie as drafts until somebody deletes them."""
    undone_receipt: Rate = NEVER
    """Receipts entered with a wrong quantity, undone and entered again."""
    undone_shipment: Rate = NEVER
    """A shipment authorised with a wrong carrier, undone and authorised again, per working day and place."""
    corrected_invoice: Rate = NEVER
    """An invoice on account with a wrong price, voided and authorised again the next evening, per working day."""
    stopped_parcel: Rate = NEVER
    """Cancellations after packing that still catch the parcel."""
    kept_goods: Rate = NEVER
    """Parcels of which a line comes damaged; it is refunded and the customer keeps it."""
    price_credit: Rate = NEVER
    """Parcels of which a line's price is lowered afterwards."""
    returned_elsewhere: Rate = NEVER
    """Returns that customers bring to a shop instead of sending them back where they came from."""
    failed_download: Rate = NEVER
    """Downloads that get no answer; the next one brings what they would have."""


class RouteConfig(Config):
    """How goods go from one location to another."""

    source: str
    destination: str
    rule: Literal["fill", "clear"]
    """fill: keep the destination supplied for `cover_days`; clear: send on what lies at the source beyond them. What counts
    is what the destination's channels sell and what its workshop uses."""
    cover_days: NonNegative
    kept_days: NonNegative = 0
    """Days of the source's own demand for which goods stay there (fill)."""
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


class AccountRuleConfig(Config):
    """Accounts other than the default ones for a category's products or for a channel.

    A category alone: the products' own accounts. A channel alone: the revenue account of its documents, or, with `customers`,
    of the customers who buy there. Both: the revenue account of such a line of an order.
    """

    category: str = ""
    channel: str = ""
    customers: bool = False
    inventory: str = ""
    """Roles of accounts; empty: the next level decides."""
    cogs: str = ""
    revenue: str = ""
    later: Rate = NEVER
    """How often a business introduces it in mid-window instead of having it from the beginning."""


class PlanningConfig(Config):
    """Which tool plans the products of a category, other than the one of the group they are bought from."""

    category: str
    tool: Literal["reorder_point", "mrp", "forecast"]


class StocktakeConfig(Config):
    """Counting beyond the main location's weekly round."""

    months: list[Annotated[int, Meta(ge=1, le=12)]]
    """In which months everything is counted, on their first Saturday."""
    branch_cycle_weeks: NonNegative
    """In how many weeks the other locations count everything once, part by part; 0: never."""


class ThirdPartyConfig(Config):
    """How a third party's warehouse is told what to send, and tells what it did: by file."""

    orders_minutes: Annotated[int, Meta(ge=15, le=60)]
    """How often an order file is sent."""
    fetch_minutes: Annotated[int, Meta(ge=15, le=720)]
    """How often its files are fetched; a multiple of `orders_minutes`."""
    late_file: Rate
    """Files that come hours late."""
    resent_file: Rate
    """Files that are sent twice."""
    missed_line: Rate
    """Despatches left out of their file and told the next working day."""


class StaffConfig(Config):
    """How many people do the work, and how often one is replaced."""

    pickers: Positive
    turnover: Rate


StaffRole = Literal["picker", "receiver", "warehouse_lead", "buyer", "ecommerce_operator", "bookkeeper", "accountant",
                    "integration_owner", "owner"]  # fmt: skip
STAFF_ROLES: tuple[StaffRole, ...] = get_args(StaffRole)
LayerName = Literal["operations", "cin7", "integration", "ledger"]
Mask = Literal["recurring_journal", "tie_out_journal", "revenue_journal", "clearing_to_zero", "spend_money",
               "stock_adjustment", "skip", "spreadsheet", "reopen_without_push"]  # fmt: skip
"""Ways in which people make a difference go away without finding out where it comes from."""
Surprise = Literal["short_pick", "count_gap", "late_order", "overdue_purchase", "unmatched_bill", "stuck_record", "close_gap",
                   "margin_move"]  # fmt: skip
SURPRISES: tuple[Surprise, ...] = get_args(Surprise)


class PersonConfig(Config):
    """One member of staff: what they see, when they look, and how they are."""

    role: StaffRole
    sees: Annotated[list[LayerName], Meta(min_length=1)]
    looks: Literal["weekly", "monthly"]
    discipline: Share
    """At go-live: how likely they are to look for the cause of a difference instead of making it go away."""
    threshold: Annotated[float, Meta(gt=0.0, lt=1.0)]
    """Trust, from 0 to 1, below which they work differently."""
    source: str
    on: Literal["mon", "tue", "wed", "thu", "fri"] = "fri"
    """Working day of a weekly look."""
    habits: list[Mask] = []
    """Masks they know, the first that suits a difference is taken."""


class SurpriseConfig(Config):
    """How much of something a person takes for ordinary: a share of what there was of it, and a few in any case."""

    kind: Surprise
    tolerated: Share
    allowed: NonNegative
    source: str


class PeopleConfig(Config):
    """Staff, as they see the systems and come to believe in them or not."""

    go_live_months: Figure
    """Months between go-live and the first day of the window."""
    half_life_months: Figure
    """Months in which half of what discipline there was is gone, unless somebody tends it."""
    tended: bool
    """Whether somebody tends it."""
    fall: Rate
    """Trust lost at most by one look."""
    recovery: Rate
    """Share of the trust lost that comes back with a look at which all is as it should be."""
    tolerance: Rate
    """Difference at close, as a share of the month's revenue, that the accountant lets be."""
    margin_points: Rate
    """By how much a month's gross margin may differ from that of the months before without anybody asking."""
    chase_workdays: Annotated[int, Meta(ge=0, le=10)]
    """Working days for which the accountant looks for a difference before the month is closed all the same."""
    validation_workdays: Annotated[int, Meta(ge=0, le=10)]
    """Working days longer that a close takes when whoever leads no longer goes by reports."""
    checked_twice: Rate
    """Share of picks put off to the next day, to be checked, by people who do not trust the screen."""
    padding: Change
    """By how much a buyer who does not trust the screen raises levels and quantities."""
    verdicts: Rate
    """Verdicts of an outside party in a month in which nobody has called it."""
    outside: list[Literal["accountant", "implementer", "cin7_support"]]
    """Outside parties that give an opinion; each sees one layer."""
    staff: Annotated[list[PersonConfig], Meta(min_length=1)]
    surprises: list[SurpriseConfig]


class StaffChange(Config):
    """What a scenario says about one of the staff, instead of what the profile says."""

    role: StaffRole
    discipline: Share | None = None
    threshold: Annotated[float, Meta(gt=0.0, lt=1.0)] | None = None
    habits: list[Mask] | None = None


class Profile(Config):
    """A kind of business."""

    name: str
    title: str
    description: str
    ledger: str
    orders_a_year: SizeConfig
    locations: Annotated[list[LocationConfig], Meta(min_length=1)]
    """The main one first: what suppliers deliver goes there."""
    catalogue: CatalogueConfig
    gateways: list[GatewayConfig]
    channels: Annotated[list[ChannelConfig], Meta(min_length=1, max_length=8)]
    supply: SupplyConfig
    sync: SyncConfig
    close: CloseConfig
    noise: NoiseConfig
    staff: StaffConfig
    holidays: list[Holiday]
    accounts: Annotated[list[AccountConfig], Meta(min_length=1)]
    inventory_tracking: bool = True
    """Off: all products are of the type Non-inventory, and nothing is received, stored or counted."""
    transfers: TransferConfig | None = None
    manufacturing: ManufacturingConfig | None = None
    stocktakes: StocktakeConfig | None = None
    people: PeopleConfig | None = None
    """Staff who react to what they see; without it nobody does."""
    account_rules: list[AccountRuleConfig] = []
    planning: list[PlanningConfig] = []
    third_party: ThirdPartyConfig | None = None


Variant = Literal["steady", "growing", "seasonal", "shrinking"]
"""How a business does: as its profile says, or otherwise."""
_GROWS, _SHRINKS = 0.8, -0.45
"""Yearly change of orders of a growing and of a shrinking business (assumption)."""
_SEASONAL = 2.0
"""Power of the months' weights in a seasonal business: a November twice the mean becomes four times (assumption)."""


def varied(demand: DemandConfig, variant: Variant) -> DemandConfig:
    """The demand of a channel in a variant of the business."""
    replace = msgspec.structs.replace
    if variant == "growing":
        return replace(demand, yearly_growth=Change(_GROWS, "assumption"))
    if variant == "shrinking":
        return replace(demand, yearly_growth=Change(_SHRINKS, "assumption"))
    if variant == "seasonal":
        top = max(demand.month.values)
        sharper = [round(1_000 * (weight / top) ** _SEASONAL) for weight in demand.month.values]
        return replace(demand, month=Weights(sharper, f"{demand.month.source}; sharpened"))
    return demand


class EventConfig(Config):
    """A fault or decoy put into a scenario: what, since when, on what, with which parameters of its own."""

    name: str
    onset: str = ""
    """A date, or empty: active from founding."""
    until: str = ""
    """The first date on which it acts no more; empty: to the end."""
    weeks: Annotated[float, Meta(gt=0.0, le=1.0)] = 1.0
    """Share of the weeks in which it acts; below 1 it comes and goes."""
    only: dict[str, list[str]] = {}
    """What it is confined to, names by kind (`faults.contract.confinable`); empty: everything."""
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
    variant: Variant = "steady"
    reactions: bool = True
    """Whether staff react to what they see: lose trust, work differently, hide differences."""
    staff: list[StaffChange] = []
    closes_on: list[dt.date] = []
    """Days agreed on for the close of each month in turn; beyond them, the profile's working day."""
    faults: list[EventConfig] = []
    decoys: list[EventConfig] = []


class Case(msgspec.Struct, frozen=True):
    """A scenario with everything it refers to: what a run needs."""

    scenario: Scenario
    profile: Profile
    seed: int
