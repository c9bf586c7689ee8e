"""Variant b of fault 1 of the catalogue, a cause of its own."""

from __future__ import annotations

from collections.abc import Mapping

from .. import keys
from ..cin7.books import Document
from ..founding import World
from .contract import Parameter, Scope, follow, set_for_all


class InvoiceAuthorisedBeforeShipment:
    """Orders are invoiced as they are downloaded, long before their goods leave.

    Cause: In the channel's settings of Cin7 the invoice status on download is put from DRAFT to AUTHORISED, to save a
    step. An invoice asks neither for a pick nor for a shipment.

    Operations: The goods are still here. The carrier has no paper for them; orders wait for stock or for their day, and
    some are cancelled before anybody packs them.

    Cin7: Every order of the channel is INVOICED in the minute in which it is downloaded, its shipment not even begun. On
    hand, stock value and cost of sales are right. A cancelled order is voided and its invoice stands.

    Integration: Invoices are Completed at once; for cancelled orders no payment ever follows.

    Ledger: Revenue, tax and receivables are ahead of the goods, by a night for most orders, by weeks for what waits for
    stock or is ordered ahead, and for ever for what was cancelled. At each month-end margin is too high by what has not
    left.

    Mistaken for: Shipments that somebody forgot to authorise: there the goods are gone and the carrier has the papers.
    Deposits and prepaid orders; invoices of the last day of a month shipped on the first of the next.

    Hidden by: A cost-of-sales accrual for invoiced and unshipped goods, which is wrong here since the goods are in the
    house; or writing the receivables of cancelled orders off as bad debts.

    Fixed by: Put the setting back to DRAFT. Void invoices of cancelled orders, or credit them with the date of the open
    month where theirs is closed; leave those whose goods leave soon alone, and void and date anew those that cross a
    month-end, reversing any accrual made for them.

    Source: "What Actually Breaks First in a Failing Cin7 System" on milestones in the wrong order; Cin7 help on Shopify
    settings (invoice DRAFT or AUTHORISED); Cin7 Core API v2: an invoice does not need a shipment.
    """

    layer = "cin7"
    headline = "sales"
    looks_like = ""
    stages = (1,)
    may_reach = (4, 6)
    parameters = {"channels": Parameter(8, 0, 8, "channels set so, in the order of the profile; tills aside", 1, 8)}
    inert = {"channels": 0}
    needs = ("own stock", "orders come first")
    confined_by = ("channel",)
    must_break = ("invoiced_when_packed",)
    may_break = ("invoiced_is_shipped",)
    near_misses = ("invoice_authorised_shipment_incomplete",)

    def install(self, world: World, values: Mapping[str, float], scope: Scope) -> None:
        """Change the channels' invoice status on download, and back when it ends."""
        cin7, marks, user, settings = world.cin7, world.marks, world.administrator.user, world.staging.settings
        chosen = [
            config.name for n, config in enumerate(world.case.profile.channels)
            if config.kind not in ("pos", "amazon_fba") and scope.touches("channel", n)
        ][: round(values["channels"])]  # fmt: skip
        numbers = {n for n, config in enumerate(world.case.profile.channels) if config.name in chosen}
        on_now: set[str] = set()

        def turn(on: bool, now: int) -> None:
            if on:
                set_for_all(world, "invoice_authorised_before_shipment")
            for name in chosen:
                settings.set(now, _STATUS, name, "AUTHORISED" if on else "DRAFT", user)
            on_now.clear()
            on_now.update(chosen if on else ())

        def watch(document: Document) -> None:
            if not on_now or keys.document_kind_of(document.key) != keys.INVOICE or document.control < 0:
                return
            sale = cin7.sales.by_order.get(keys.root_of(document.key))
            if sale is not None and sale.terms.number in numbers and not sale.fulfilments[keys.part_of(document.key)].packed:
                marks.note("invoice_authorised_before_shipment", document.key, document.recorded_at)

        if chosen:
            follow(world, scope, turn)
            cin7.books.watchers.append(watch)


_STATUS = "Invoice status on download"
