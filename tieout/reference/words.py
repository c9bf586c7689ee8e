"""What the real system says: its words for statuses, types and records, and its posting rules, each with its source.

Data only. It is compared with what simulated cases show; a word that no case shows may say here why.
"""

from __future__ import annotations

import msgspec

_API = "Cin7 Core API v2 reference"
_CLIENT = "status lists of a public Cin7 Core API client (hypervel-cin7)"
_STAGE = ("NOT AVAILABLE", "DRAFT", "AUTHORISED", "VOIDED")
_NO_DRAFTS = "a document is entered and authorised in one go"
_NO_VOIDS = "mistakes are put right by another document"
_NOT_OPENED = "what has not begun has no row in the log"
_STAGE_WHY = {"NOT AVAILABLE": _NOT_OPENED, "DRAFT": _NO_DRAFTS, "VOIDED": _NO_VOIDS}
_TASK_WHY = {"DRAFT": _NO_DRAFTS, "VOIDED": _NO_VOIDS}


class Statuses(msgspec.Struct, frozen=True):
    """The statuses of one kind of document."""

    field: str
    """The real system's field."""
    words: tuple[str, ...]
    """All of them, in the order of the source."""
    source: str
    why_not: dict[str, str] = {}
    """Why a word does not occur in simulated cases, where it does not."""
    ours: dict[str, str] = {}
    """Words of the simulated log that the real field does not have, and what they stand for."""


class Rule(msgspec.Struct, frozen=True):
    """What the real system posts when a kind of document is authorised or completed."""

    posts: str
    source: str
    why_not: str = ""
    """Why no simulated case shows the document, where none does."""


STATUSES: dict[str, Statuses] = {
    "Sale": Statuses(
        "Sale.Status",
        ("DRAFT", "VOIDED", "ESTIMATING", "ESTIMATED", "ORDERING", "ORDERED", "BACKORDERED", "PICKING", "PICKED", "PACKING",
         "PACKED", "SHIPPING", "INVOICING", "INVOICED", "CREDITED", "COMPLETED"),
        f"{_API}, Sale, available sale statuses",
        {"DRAFT": "an order arrives whole from its channel", "ORDERING": "an order is authorised when it is entered",
         "PICKED": "a wave picks and packs in one go",
         "PACKING": "a wave picks and packs in one go", "INVOICING": _NO_DRAFTS,
         "BACKORDERED": "rare: the shop seldom sells what it does not have"},
    ),
    "Pick": Statuses(
        "Fulfilment.Pick.Status", _STAGE, f"{_API}, Sale Fulfilment Pick Pack Model", {"NOT AVAILABLE": _NOT_OPENED}
    ),
    "Pack": Statuses(
        "Fulfilment.Pack.Status", _STAGE, f"{_API}, Sale Fulfilment Pick Pack Model",
        {"NOT AVAILABLE": _NOT_OPENED, "DRAFT": _NO_DRAFTS},
    ),
    "Shipment": Statuses(
        "Fulfilment.Ship.Status", ("NOT AVAILABLE", "DRAFT", "PARTIALLY AUTHORISED", "AUTHORISED", "VOIDED"),
        f"{_API}, Sale Fulfilment Ship Model",
        {"NOT AVAILABLE": _NOT_OPENED, "PARTIALLY AUTHORISED": "a parcel leaves whole"},
    ),
    "Sale Invoice": Statuses(
        "Sale.Invoices.Status", ("NOT AVAILABLE", "DRAFT", "AUTHORISED", "VOIDED", "PAID"), f"{_API}, Sale, invoice statuses",
        {"NOT AVAILABLE": _NOT_OPENED, "DRAFT": _NO_DRAFTS},
    ),
    "Credit Note": Statuses(
        "Sale.CreditNotes.Status", _STAGE, f"{_API}, Sale Credit Note Model", _STAGE_WHY,
        {"PAID": "refunded or set off in full; the real system says so in `CombinedPaymentStatus`"},
    ),
    "Purchase": Statuses(
        "Purchase.Status",
        ("DRAFT", "VOIDED", "ORDERING", "ORDERED", "RECEIVING", "RECEIVED", "INVOICED", "CREDITED", "RECEIVING / CREDITED",
         "RECEIVED / CREDITED", "PARTIALLY INVOICED", "COMPLETED"),
        f"{_API}, Purchase, available purchase statuses",
        {"DRAFT": _NO_DRAFTS, "VOIDED": "an order that has gone out is received, in full or in part", "ORDERING": _NO_DRAFTS,
         "CREDITED": "no supplier credit notes", "RECEIVING / CREDITED": "no supplier credit notes",
         "RECEIVED / CREDITED": "no supplier credit notes"},
    ),
    "Stock Received": Statuses("Purchase.StockReceived.Status", _STAGE, f"{_API}, Purchase Stock Received Model", _STAGE_WHY),
    "Purchase Invoice": Statuses(
        "Purchase.Invoice.Status", ("NOT AVAILABLE", "DRAFT", "AUTHORISED", "VOIDED", "PAID"),
        f"{_API}, Purchase Invoice Model", _STAGE_WHY,
    ),
    "Purchase Credit Note": Statuses(
        "Purchase.CreditNote.Status", _STAGE, f"{_API}, Purchase Credit Note Model", _STAGE_WHY,
        {"PAID": "paid back in full; the real system says so in `CombinedPaymentStatus`"},
    ),
    "Stock Adjustment": Statuses("StockAdjustment.Status", ("DRAFT", "COMPLETED", "VOIDED"), _CLIENT, _TASK_WHY),
    "Stocktake": Statuses(
        "Stocktake.Status", ("DRAFT", "IN PROGRESS", "COMPLETED", "VOIDED"), _CLIENT,
        _TASK_WHY | {"IN PROGRESS": "a count is entered when it is done"},
    ),
    "Stock Transfer": Statuses(
        "StockTransfer.Status", ("DRAFT", "ORDERED", "IN TRANSIT", "COMPLETED", "VOIDED"), _CLIENT, _TASK_WHY,
    ),
    "Finished Goods": Statuses(
        "FinishedGoods.Status", ("DRAFT", "AUTHORISED", "IN PROGRESS", "COMPLETED", "VOIDED"), _CLIENT, _TASK_WHY,
    ),
    "Disassembly": Statuses("Disassembly.Status", ("DRAFT", "AUTHORISED", "COMPLETED", "VOIDED"), _CLIENT, _TASK_WHY),
    "Inventory Write-Off": Statuses("InventoryWriteOff.Status", ("DRAFT", "COMPLETED", "VOIDED"), _CLIENT, _TASK_WHY),
}  # fmt: skip
"""By document type as `schema.DOCUMENT_TYPE` spells it. A type that is missing here shows its simulated words alone."""

_ACCOUNTING = "Cin7 Core help, Accounting transactions"
_ACCRUAL = "Cin7 Core help, Inventory accrual and stock in transit"
_SOP = "practitioners' procedures"
_OURS = "our reading of the API's movement types"

RULES: dict[str, Rule] = {
    "Pick": Rule("nothing; the units stay on hand, reserved", _OURS),
    "Pack": Rule("nothing", _OURS),
    "Sale Invoice": Rule("Dr receivable; Cr each line's revenue account, Cr tax; needs no shipment", _ACCOUNTING),
    "Shipment": Rule("Dr cost of goods sold Cr inventory, at the cost of the layers taken", _ACCOUNTING),
    "Sale Payment": Rule("Dr bank or clearing Cr receivable; a refund the reverse", "Cin7 Core help, Cin7 Pay payments"),
    "Credit Note": Rule("Dr sales, Dr tax; Cr receivable", _ACCOUNTING),
    "Restock": Rule("Dr inventory Cr cost of goods sold, at the original cost", _OURS),
    "Purchase": Rule("nothing; a deposit: Dr supplier deposits Cr bank", _ACCOUNTING),
    "Stock Received": Rule(
        "accrual on, stock first: Dr inventory Cr inventory accrual at the order's cost, by a system journal; invoice first: "
        "Dr inventory Cr stock in transit; accrual off: nothing", _ACCRUAL,
    ),
    "Purchase Invoice": Rule(
        "stock first, or accrual off: Dr inventory, Dr tax; Cr payable; invoice first with accrual on: Dr stock in transit "
        "Cr payable; for what is drop shipped, or not kept as inventory: Dr cost of goods sold Cr payable; for a "
        "service purchase: Dr the line's account Cr payable",
        f"{_ACCRUAL}; drop shipping and services: our reading of the articles Dropshipping, Non-inventory products and Service "
        "Purchase",
    ),
    "Accrual reversal": Rule("Dr inventory accrual Cr inventory, for what the invoice covers", _ACCRUAL),
    "Cost change": Rule(
        "the share of a cost difference that was sold: Dr cost of goods sold Cr inventory, or the reverse", _OURS,
    ),
    "Purchase Payment": Rule("Dr payable Cr bank", _ACCOUNTING),
    "Purchase Credit Note": Rule(
        "Dr payable Cr inventory, with its unstock; Cr cost of goods sold for what was drop shipped", _OURS,
        "no supplier credit notes",
    ),
    "Landed Cost": Rule(
        "Dr inventory Cr payable or expense, spread by cost, quantity, weight or volume; the sold share to cost of goods sold",
        _SOP, "no landed cost",
    ),
    "Stock Adjustment": Rule("Dr or Cr inventory against the adjustment's account; a loss at layer cost", _API),
    "Stocktake": Rule("Dr or Cr inventory against the stocktake's account", _API),
    "Inventory Write-Off": Rule("Dr expense Cr inventory, at layer cost", _ACCOUNTING, "losses are entered as adjustments"),
    "Stock Transfer": Rule(
        "sent: Dr the in-transit account Cr inventory; received: the reverse; nothing when both are one account", _SOP,
        "one location",
    ),
    "Stock Transfer Receipt": Rule("Dr inventory Cr the in-transit account; nothing when both are one account", _SOP),
    "Receipt undone": Rule("undo of a receipt: its pairs the other way round", _ACCOUNTING),
    "Invoice undone": Rule("undo of an invoice: its pairs the other way round", _ACCOUNTING),
    "Shipment undone": Rule("undo of a shipment: its pairs the other way round", _ACCOUNTING),
    "Components used": Rule("authorised: Dr work in progress Cr inventory, at the cost of the components' layers", _OURS),
    "Finished Goods Receipt": Rule("completed: Dr inventory Cr work in progress, components and work together", _OURS),
    "Finished Goods": Rule("authorised: Dr work in progress Cr inventory; completed: Dr inventory Cr work in progress", _OURS,
                           "nothing is made"),
    "Disassembly": Rule("Dr components' inventory Cr the parent's, in equal shares by default", "Cin7 Core help, Disassembly",
                        "nothing is taken apart"),
    "(stock card alone)": Rule(
        "the share of a cost difference that is still on hand stays in inventory: no pair beside the bill's and its accrual's",
        _OURS,
    ),
    "Opening stock": Rule("Dr inventory Cr opening equity", "assumption"),
}  # fmt: skip
"""By kind of document: a document type, the singular of a Cin7 table, or what the record's journal says it is for."""

LISTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "transaction_type": (f"{_API}, transactions", (
        "Purchase", "Sale", "MoneySpend", "MoneyReceive", "BankTransfer", "ExpenseClaimTask", "FinishedGoods",
        "InventoryWriteOff", "StockTake", "StockAdjustment", "Journal", "Disassembly", "Depreciation",
    )),
    "movement_type": (f"{_API}, product movements", (
        "Purchase", "Purchase Accrual Cost", "Advanced Purchase", "Advanced Purchase Accrual Cost", "Purchase Cost Change",
        "Advanced Purchase Cost Change", "Unstock", "Advanced Purchase Unstock", "Sale", "SaleMultiple", "Sale COGS Change",
        "SaleMultiple COGS Change", "Restock", "RestockMultiple", "Adjustment", "Adjustment Cost Change", "Stocktake",
        "Stocktake Cost Change", "Transfer Out", "Transfer Out Cost Change", "Transfer In", "Transfer In Cost Change",
        "Finished Goods", "Finished Goods Cost Change", "Inventory Write-Off", "Inventory Write-Off Cost Change",
        "Disassembly", "Disassembly Cost Change",
    )),
    "record_type": ("Cin7 Core help, Xero synchronization report", (
        "Attachments", "Contacts", "Credit notes", "Customer credits", "Invoices", "Payments", "Supplier deposit",
        "Manual journals", "Money tasks", "Products",
    )),
    "sync_status": ("Cin7 Core help, Xero synchronization report; Warning: on the screen", (
        "Completed", "Pending", "Failed", "Skipped", "Warning",
    )),
    "source_type": ("Xero Accounting API, Journals (without expense claims, overpayments and prepayments)", (
        "ACCREC", "ACCPAY", "ACCRECCREDIT", "ACCPAYCREDIT", "ACCRECPAYMENT", "ACCPAYPAYMENT", "ARCREDITPAYMENT",
        "APCREDITPAYMENT", "CASHREC", "CASHPAID", "TRANSFER", "MANJOURNAL",
    )),
    "ledger_status": ("Xero Accounting API, Invoice.Status", ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")),
    "charge": ("Shopify admin API, ShopifyPaymentsSourceType", (
        "ADJUSTMENT", "ADJUSTMENT_REVERSAL", "CHARGE", "DISPUTE", "REFUND", "SYSTEM_ADJUSTMENT", "TRANSFER",
    )),
    "payout_status": ("Shopify admin API, ShopifyPaymentsPayoutStatus", (
        "SCHEDULED", "IN_TRANSIT", "PAID", "FAILED", "CANCELED",
    )),
    "costing": (f"{_API}, Product", (
        "FIFO", "Special - Batch", "Special - Serial Number", "FIFO - Serial Number", "FIFO - Batch", "FEFO - Batch",
        "FEFO - Serial Number",
    )),
    "product_type": (f"{_API}, Product", ("Stock", "Service", "Non-inventory")),
    "drop_ship": (f"{_API}, Product, DropShipMode", ("No Drop Ship", "Optional Drop Ship", "Always Drop Ship")),
    "approach": (f"{_API}, Purchase", ("INVOICE", "STOCK")),
}  # fmt: skip
"""Other word lists of `schema.WORDS` that a real system has, with their source."""
