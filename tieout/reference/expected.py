"""What the catalogue of faults says of their effects, and why a simulated business shows something else where it does.

Written by hand from the catalogue's effect matrix, with its corrections; `effects` holds it against simulated examples.
"""

from __future__ import annotations

from .example import BOTH, MEASURES, MOVED, OVER, PASSING, RIGHT, UNDER

ANY = "d"
"""It depends on the variant: whatever is measured agrees."""
_MEANS = {"r": RIGHT, "+": OVER, "-": UNDER, "~": PASSING, "s": MOVED, "±": BOTH}

_MATRIX = """
                                            OH  AV  SUB GLI GRN GIN AR  AP  REV COG CLR TAX sync
invoice_authorised_shipment_incomplete      +   r   +   +   r   r   r   r   r   -   r   r   clean
invoice_authorised_before_shipment          r   r   r   r   r   r   +   r   +   r   r   +   clean
shipment_authorised_invoice_missing         r   r   r   r   r   r   -   r   -   r   -r  -   clean
open_purchase_task                          r   r   r   r   r   r   r   r   r   r   r   r   clean
grni_not_cleared                            r   r   r   r   +   r   r   r   r   +   r   r   clean
ginr_stuck_in_transit                       r   r   r   -   r   +   r   r   r   r   r   r   clean
po_revaluation_blocked_by_lock_date         r   r   r   +-  r-  r   r   r   r   -   r   r   Failed
lock_date_mirror_drift                      r   r   r   d   d   d   d   d   d   d   d   d   Failed
recurring_manual_journal_workaround         r   r   r   d   d   d   d   d   d   d   d   r   clean
manual_revenue_journal                      r   r   r   r   r   r   d   r   d   r   d   r   clean
account_mapping_gap_default_account         r   r   r   rs  r   r   r   r   rs  rs  r   r   clean
overbroad_account_mapping                   r   r   r   d   r   r   r   r   d   +   r   r   clean
qbo_product_account_override                r   r   r   d   r   r   r   r   rs  rs  r   r   clean
skipped_inventory_journal                   r   r   r   +-± r   r   r   r   r   r   r   r   Skipped
failed_sync_ignored                         r   r   r   d   d   d   -   -   -   -   -   d   Failed
sync_warning_cleared                        r   r   r   r   r   r   d   d   d   r   r   d   d
payout_consolidation_timing_mismatch        r   r   r   r   r   r   r~± r   r~± r   r~± d   clean
orphaned_clearing_record                    r   r   r   r   r   r   +-± r   d   r   +-± d   d
clearing_forced_to_zero                     r   r   r   r   r   r   r   r   r   r   -±  r   clean
comingled_clearing_account                  r   r   r   r   r   r   r   r   r   r   rs  r   clean
gateway_fee_not_booked                      r   r   r   r   r   r   r   r   r   r   +   r   clean
unmapped_external_sku                       +   +   +   +   r   r   -   r   -   -   -   -   d
duplicate_product_identifier                d   d   d   d   d   d   r   r   r   d   r   r   d
variant_attribute_misconfigured             d   d   d   d   r   r   r   r   r   d   r   r   clean
qbo_invalid_item_name                       r   r   r   r   r   r   -   r   -   r-  -   -   Failed
rate_limit_burst                            r   r   r   r~± r~± r~± r~± r~± r~± r~± r~± r~± d
connection_or_authorisation_break           +   +   +   +   r   r   -   r   -   -   r   -   clean
conflicting_replenishment_signals           r   r   r   r   r   r   r   r   r   r   r   r   clean
stale_allocation                            r   -   r   r   r   r   r   r   r   r   r   r   clean
stock_adjustment_masks_cause                d   d   d   d   r   r   r   r   r   d   r   r   clean
spend_money_bypass                          r   r   -   +r  r   r   r   +   r   +   r   r   clean
manual_inventory_journal_bypasses_subledger r   r   r   +-± r   r   r   r   r   d   r   r   clean
paid_document_resync_rejected               r   r   r   d   r   r   d   d   d   r   r   d   Failed
accrued_inventory_disabled                  r   r   -   -   -   r   r   r   r   -~± r   r   clean
landed_cost_late_or_expensed                r   r   -   -   r   r   r   r~  r   -+~±r   r   clean
credit_note_without_restock                 -   -   -   -   r   r   r   r   r   +   r   r   clean
restock_without_credit_note                 r   r   d   d   r   r   r+  r   +   d   d   +   clean
transfer_stuck_in_transit                   -   -   r-  r-  r   r   r   r   r   r   r   r   clean
stocktake_overwrites_inflight               d   d   d   d   r   r   r   r   r   r   r   r   clean
bom_quantity_or_disassembly_cost_error      d   d   d   d   r   r   r   r   r   d   r   r   clean
duplicate_revenue_path                      r   r   r   r   r   r   +r  r   +   r   +   +   clean
negative_or_zero_cost_layer_sale            r~  r~  r~± r~± r   r   r   r   r   -+~±r   r   clean
silent_partial_batch_acceptance             r   r   r   d   d   d   d   d   d   d   d   d   clean
receipt_not_authorised                      -   -   -   -   -   r   r   r   r   r   r   r   clean
opening_balance_migration_error             d   d   d   d   d   d   d   d   d   d   d   d   clean
costing_method_wrong                        r   r   d   d   r   r   r   r   r   d   r   r   clean
miscoded_bill                               r   r   r   r   r   r   r   r   r   r   r   r   clean
duplicated_bank_line                        r   r   r   r   r   r   r   r   r   r   -r  r   clean
"""
_WIDTH, _FIRST = 4, 44

_UNSHIPPED = (
    "what was sold at the destination cannot be shipped there on the books, since Cin7 still shows the goods on their way; "
    "its cost, its invoice and its payment wait with it"
)
_PAID_AHEAD = "this shop takes the money with the order: it stays a customer's credit, and clearing is right"
_ON_THE_DESK = "bills still lie on the desk at the end; what stays off is the goods they are for"
_NONE_FAILED = "what is missing is what failed, which was no bill and no cost of sales here"
_BACK = "the connection is back before the end, and what was missed is entered"
REASONS: dict[tuple[str, str], str] = {
    ("shipment_authorised_invoice_missing", "AR"): "the payment waits for the invoice, so the customer shows no credit; the "
    "payout falls on clearing instead",
    ("spend_money_bypass", "sub-ledger"): "the bill is on its purchase, so stock has its cost; the matrix thinks of freight "
    "that never gets there, which is landed_cost_late_or_expensed here",
    ("receipt_not_authorised", "GRNI"): "a bill clears the accrual that should be there: what is missing then is missing in "
    "payables",
    ("receipt_not_authorised", "AP"): "the supplier's bill cannot be matched while the receipt is a draft, and is not entered",
    ("receipt_not_authorised", "COGS"): "sales of the goods wait for stock that Cin7 does not have, or leave at older cost",
    ("unmapped_external_sku", "AR"): "customers of this shop pay as the parcel leaves: what their missing invoice is short of "
    "falls on clearing",
    ("transfer_stuck_in_transit", "AR"): _UNSHIPPED, ("transfer_stuck_in_transit", "revenue"): _UNSHIPPED,
    ("transfer_stuck_in_transit", "COGS"): _UNSHIPPED, ("transfer_stuck_in_transit", "clearing"): _UNSHIPPED,
    ("silent_partial_batch_acceptance", "sync"): "the payment of a document that got lost finds nothing to settle and fails",
    ("qbo_invalid_item_name", "AR"): _PAID_AHEAD, ("qbo_invalid_item_name", "clearing"): _PAID_AHEAD,
    ("negative_or_zero_cost_layer_sale", "sub-ledger"): _ON_THE_DESK,
    ("negative_or_zero_cost_layer_sale", "ledger inventory"): _ON_THE_DESK,
    ("negative_or_zero_cost_layer_sale", "GRNI"): _ON_THE_DESK, ("negative_or_zero_cost_layer_sale", "AP"): _ON_THE_DESK,
    ("lock_date_mirror_drift", "sync"): "what the ledger refuses is pushed after the month was opened for it, within normal "
    "time: staff of the example are careful",
    ("landed_cost_late_or_expensed", "AP"): "a bill that is late at the end of the window is not entered yet",
    ("failed_sync_ignored", "AR"): "the customer's payment waits behind the invoice: the payout falls on clearing instead",
    ("failed_sync_ignored", "AP"): _NONE_FAILED, ("failed_sync_ignored", "COGS"): _NONE_FAILED,
    ("connection_or_authorisation_break", "on hand"): _BACK, ("connection_or_authorisation_break", "available"): _BACK,
    ("connection_or_authorisation_break", "sub-ledger"): _BACK,
    ("connection_or_authorisation_break", "ledger inventory"): _BACK,
    ("connection_or_authorisation_break", "AR"): "customers of this shop pay as the parcel leaves",
    ("connection_or_authorisation_break", "clearing"): "the gateway pays out what the shop does not know to be sold",
}
"""By fault and measure, why the example disagrees with the matrix, where nothing is wrong with either."""


def _read(text: str) -> dict[str, dict[str, str]]:
    names = (*MEASURES, "sync")
    rows: dict[str, dict[str, str]] = {}
    for line in text.strip("\n").splitlines()[1:]:
        cells = [line[_FIRST + _WIDTH * n : _FIRST + _WIDTH * (n + 1)].strip() for n in range(len(MEASURES))]
        cells.append(line[_FIRST + _WIDTH * len(MEASURES) :].strip())
        rows[line[:_FIRST].strip()] = dict(zip(names, cells, strict=True))
    return rows


EXPECTED = _read(_MATRIX)
"""By fault and measure, what the catalogue says: signs that agree with it, or `ANY`."""


def agrees(name: str, measure: str, measured: str) -> bool:
    """Whether what an example shows is what the catalogue says. What it says nothing of agrees."""
    said = EXPECTED.get(name, {}).get(measure, ANY)
    if said == ANY:
        return True
    if measure == "sync":
        return said == measured or (said != "clean" and said in measured)
    return measured in {_MEANS[sign] for sign in said}
