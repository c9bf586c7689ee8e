"""Facts: what each exported table holds, column by column. The one source for names, types and meanings.

Every fact is a struct of whole numbers: minutes, days, cents, units, entity keys, codes into word lists. The
Arrow schema, the data dictionary and the as-of rules are derived from the annotations. This module knows
nothing of how facts come about.

A column whose value changes over time is not a field: it is a `Fold` of an append-only log.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, ClassVar, dataclass_transform, get_args, get_origin, get_type_hints

import msgspec

VERSION = 1
"""Version of this contract; written into every manifest."""

NONE = -1
"""No key, no code, no time. Day and minute numbers start at 0, so -1 is free."""


class Column(msgspec.Struct, frozen=True):
    """What a column holds."""

    kind: str
    """key, minute, day, cents, cost, units, count, flag, code or text."""
    of: str = ""
    """The id space of a key, or the word list of a code."""
    meaning: str = ""
    real: str = ""
    """The field's name in the real system, when it has one."""
    cosmetic: bool = False
    """Presentational: ignored when twins are compared and when the leak probe looks for content."""


class Fold(msgspec.Struct, frozen=True):
    """A column whose value, as of a moment, is the last entry (or the sum) of a log about the row."""

    name: str
    column: Column
    log: str
    """The table that holds the log."""
    on: str
    """The key column here."""
    log_on: str
    """The key column of the log."""
    value: str
    """The log's column to show."""
    how: str = "last"
    """last or sum."""


class Table(msgspec.Struct, frozen=True):
    """Where a kind of fact is exported, how rows are ordered and when a row becomes known."""

    name: str
    sort: tuple[str, ...]
    known: str = ""
    """The column that says when the system learnt the row (for rows of a `parent`, the key they share);
    empty for reference data known from founding."""
    folds: tuple[Fold, ...] = ()
    parent: str = ""
    """The table whose row of the same `known` key says when this row became known."""
    resource: str = ""
    """What its rows share beside keys, so that one row's difference may cause the next."""

    @property
    def layer(self) -> str:
        """operations, cin7, integration or ledger."""
        return self.name.split("/")[0]


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Fact(msgspec.Struct, frozen=True, gc=False):
    """Base of all facts: immutable rows the cyclic collector need not visit."""

    TABLE: ClassVar[Table]


def _key(of: str, meaning: str, real: str = "") -> Column:
    return Column("key", of, meaning, real)


def _code(of: str, meaning: str, real: str = "", *, cosmetic: bool = False) -> Column:
    return Column("code", of, meaning, real, cosmetic)


def _is(kind: str, meaning: str, real: str = "", *, cosmetic: bool = False) -> Column:
    return Column(kind, "", meaning, real, cosmetic)


def _text(meaning: str, real: str = "") -> Column:
    return Column("text", "", meaning, real, cosmetic=True)


# --- word lists of fixed codes ------------------------------------------------------------------------------


class Words(dict[str, int]):
    """A list of words addressed by code; code and word are looked up both ways."""

    def __init__(self, *words: str) -> None:
        super().__init__({word: code for code, word in enumerate(words)})
        self.words = list(words)


# Statuses of Cin7 Core's documents (API v2: sale, purchase, stage, fulfilment, stock task).
STATUS = Words(
    "DRAFT", "VOIDED", "ORDERING", "ORDERED", "BACKORDERED", "PICKING", "PICKED", "PACKING", "PACKED", "SHIPPING",
    "INVOICING", "INVOICED", "CREDITED", "COMPLETED", "NOT AVAILABLE", "AUTHORISED", "PAID", "RECEIVING", "RECEIVED",
    "PARTIALLY INVOICED", "RECEIVED / CREDITED", "IN TRANSIT", "IN PROGRESS", "CLOSED",
    "RECEIVING / CREDITED", "ESTIMATING", "ESTIMATED",
)  # fmt: skip
# Statuses of the Xero synchronization report, and Warning, which the screen shows too.
SYNC_STATUS = Words("Pending", "Completed", "Failed", "Skipped", "Warning")
DOCUMENT_TYPE = Words(
    "Sale", "Pick", "Pack", "Shipment", "Sale Invoice", "Credit Note", "Purchase", "Stock Received",
    "Purchase Invoice", "Stock Adjustment", "Stocktake", "Stock Transfer", "Finished Goods", "Disassembly",
    "Inventory Write-Off",
    "Purchase Credit Note",
)  # fmt: skip
# Types of Cin7 Core's accounting transactions (API v2: transactions).
TRANSACTION_TYPE = Words(
    "Purchase", "Sale", "MoneySpend", "MoneyReceive", "BankTransfer", "FinishedGoods", "InventoryWriteOff", "StockTake",
    "StockAdjustment", "Journal", "Disassembly", "Depreciation",
)  # fmt: skip
# Movement types of the stock card (API v2: product movements).
MOVEMENT_TYPE = Words(
    "Purchase", "Purchase Cost Change", "Sale", "Sale COGS Change", "Restock", "Adjustment", "Stocktake", "Transfer Out",
    "Transfer In", "Finished Goods", "Inventory Write-Off", "Disassembly", "Unstock", "Restock Cost Change",
    "Transfer Out Cost Change", "Transfer In Cost Change", "Finished Goods Cost Change", "Disassembly Cost Change",
    "Inventory Write-Off Cost Change", "Adjustment Cost Change", "Stocktake Cost Change",
)  # fmt: skip
# Record types of the Xero synchronization report, and orders and payments coming in.
RECORD_TYPE = Words(
    "Invoices", "Credit notes", "Payments", "Manual journals", "Customer credits", "Supplier deposit", "Money tasks",
    "Products", "Contacts", "Attachments", "Orders",
)  # fmt: skip
DIRECTION = Words("inbound", "outbound")
TARGET = Words("Cin7 Core", "Xero", "QuickBooks Online")
# Source types of Xero's journals, then the transaction types of QuickBooks Online.
SOURCE_TYPE = Words(
    "ACCREC", "ACCPAY", "ACCRECCREDIT", "ACCPAYCREDIT", "ACCRECPAYMENT", "ACCPAYPAYMENT", "ARCREDITPAYMENT",
    "APCREDITPAYMENT", "CASHREC", "CASHPAID", "TRANSFER", "MANJOURNAL",
    "Invoice", "Bill", "CreditMemo", "VendorCredit", "Payment", "BillPayment", "RefundReceipt", "JournalEntry", "Deposit",
    "Purchase",
)  # fmt: skip
FEED = Words(
    "shopify_orders", "shopify_stock", "shopify_payments", "shopify_payouts", "bank", "amazon_orders", "amazon_stock",
    "amazon_fba_orders", "amazon_settlements", "pos_orders", "edi_orders", "edi_stock", "phone_orders", "stripe_payments",
    "paypal_payments", "third_party_orders", "third_party_shipments", "third_party_receipts", "third_party_packing",
    "third_party_returns", "third_party_adjustments", "third_party_stock", "edi_acknowledgements", "edi_despatch_advices",
    "edi_invoices", "third_party_transfers",
)  # fmt: skip
FEED_STATUS = Words("OK", "ERROR", "DUPLICATE")
# What a third party's warehouse tells by file.
WAREHOUSE_FILE = Words("packing", "despatches", "receipts", "returns", "adjustments", "stock", "transfers")
LOCK_KIND = Words("period", "year_end")
# Statuses of Xero's invoices and bills that do not follow from what settles them.
LEDGER_STATUS = Words("DRAFT", "SUBMITTED", "VOIDED", "DELETED")
RECONCILING_KIND = Words("invoiced_not_received", "received_not_released", "in_transit_same_account")
# Shopify Payments' source types; Stripe's reserve words; service fees as in an Amazon settlement.
CHARGE = Words("CHARGE", "REFUND", "DISPUTE", "ADJUSTMENT", "RESERVE_HOLD", "RESERVE_RELEASE", "SERVICE_FEE")
PAYOUT_STATUS = Words("SCHEDULED", "IN_TRANSIT", "PAID", "FAILED")
PAPER = Words("delivery note", "invoice", "credit note")
CONDITION = Words("resalable", "damaged")
PRODUCT_TYPE = Words("Stock", "Service", "Non-inventory")
SALE_TYPE = Words("Simple Sale", "Advanced Sale", "Service Sale")
COSTING = Words("FIFO", "FEFO - Batch", "Special - Batch", "Special - Serial Number", "FIFO - Serial Number")
DROP_SHIP = Words("No Drop Ship", "Optional Drop Ship", "Always Drop Ship")
APPROACH = Words("STOCK", "INVOICE")
PURCHASE_TYPE = Words("Simple Purchase", "Advanced Purchase", "Service Purchase")
# How a charge is spread over the goods it is for (API v2: CostDistributionType).
DISTRIBUTION = Words("Cost", "Quantity", "Weight", "Volume")
NO_LOCK = "none"
"""How a settings log says that no lock date is set."""
# Documents of the trade, by their ANSI X12 numbers: purchase order, acknowledgement, despatch advice (ASN), invoice.
EDI_DOCUMENT = Words("850", "855", "856", "810")

WORDS: dict[str, Words] = {
    "status": STATUS, "sync_status": SYNC_STATUS, "document_type": DOCUMENT_TYPE, "transaction_type": TRANSACTION_TYPE,
    "movement_type": MOVEMENT_TYPE, "record_type": RECORD_TYPE, "direction": DIRECTION, "target": TARGET,
    "source_type": SOURCE_TYPE, "feed": FEED, "feed_status": FEED_STATUS, "lock_kind": LOCK_KIND,
    "ledger_status": LEDGER_STATUS,
    "reconciling_kind": RECONCILING_KIND, "charge": CHARGE, "payout_status": PAYOUT_STATUS, "paper": PAPER,
    "condition": CONDITION, "product_type": PRODUCT_TYPE, "sale_type": SALE_TYPE, "costing": COSTING, "approach": APPROACH,
    "purchase_type": PURCHASE_TYPE, "warehouse_file": WAREHOUSE_FILE, "edi_document": EDI_DOCUMENT, "drop_ship": DROP_SHIP,
}  # fmt: skip
"""Fixed word lists by name. The lists `sku`, `item`, `account`, `location`, `user` and `party` belong to a business."""

# Prefixes of running numbers people read. A text is either one of these with a number, or a free text.
NUMBERS = (
    "", "SO-", "INV-", "CR-", "PO-", "BILL-", "SA-", "ST-", "JE-", "#", "PAY-", "Cost of sales SO-",
    "Restock CR-", "Goods received PO-", "Accrual reversal PO-", "Cost change PO-", "Stock adjustment SA-",
    "Stocktake ST-", "Refund CR-", "1Z", "DN-", "TKT-", "RMA-", "ch_", "po_", "SINV-",
    "Prepayment SO-", "114-", "113-", "POS-", "EDI-", "TEL-",
    "TR-", "Stock transfer TR-", "Stock transfer received TR-", "FG-", "Components used FG-", "Finished goods FG-", "DA-",
    "Disassembly DA-", "Inventory write-off WO-", "BT-", "LOT-",
    "Stock in transit PO-", "Receipt undone PO-", "Deposit PO-", "SCN-",
    "SN-", "WF-", "C-", "ICN-", "Shipment undone SO-", "DSP-",
)  # fmt: skip


# --- ledger -------------------------------------------------------------------------------------------------


class Account(Fact):
    """One account of the chart of accounts."""

    TABLE: ClassVar[Table] = Table("ledger/accounts", ("account_code",))
    account_code: Annotated[int, _code("account", "the account's code; of one without a code, its name", "Account.Code")]
    name: Annotated[int, _text("the account's name", "Account.Name")]
    type_: Annotated[int, _text("Xero's account type, such as CURRENT or DIRECTCOSTS", "Account.Type")]
    class_: Annotated[int, _text("ASSET, LIABILITY, EQUITY, REVENUE or EXPENSE", "Account.Class")]
    system_account: Annotated[int, _text("role the ledger itself gives it, such as DEBTORS", "Account.SystemAccount")]
    control: Annotated[int, _text("which sub-ledger explains the balance; null for none")]


class Journal(Fact):
    """The head of one journal of the general ledger."""

    TABLE: ClassVar[Table] = Table("ledger/journals", ("journal_id",), "recorded_at")
    journal_id: Annotated[int, _key("journal", "the journal", "Journal.JournalID")]
    journal_date: Annotated[int, _is("day", "date it counts for", "Journal.JournalDate")]
    recorded_at: Annotated[int, _is("minute", "when the ledger learnt it", "Journal.CreatedDateUTC")]
    source_type: Annotated[int, _code("source_type", "kind of document behind it", "Journal.SourceType")]
    source_id: Annotated[int, _key("ledger", "the ledger document behind it", "Journal.SourceID")]
    reference: Annotated[int, _text("reference on the document", "Journal.Reference")]
    narration: Annotated[int, _text("what a manual journal says it is for", "ManualJournal.Narration")]
    created_by: Annotated[int, _code("user", "who entered it; the integration has a user of its own", cosmetic=True)]


class JournalLine(Fact):
    """One line of a journal."""

    TABLE: ClassVar[Table] = Table(
        "ledger/journal_lines", ("journal_id", "account_code"), "journal_id", parent="ledger/journals"
    )
    journal_id: Annotated[int, _key("journal", "the journal it belongs to", "Journal.JournalID")]
    account_code: Annotated[int, _code("account", "the account it moves", "JournalLine.AccountCode")]
    amount_cents: Annotated[int, _is("cents", "debit positive, credit negative", "JournalLine.NetAmount")]


class LedgerDocument(Fact):
    """An invoice, bill or credit note of the ledger."""

    TABLE: ClassVar[Table] = Table(
        "ledger/documents", ("ledger_document_id",), "recorded_at",
        (Fold("amount_paid_cents", _is("cents", "settled so far", "Invoice.AmountPaid"), "ledger/allocations",
              "ledger_document_id", "ledger_document_id", "amount_cents", "sum"),
         Fold("status", _code("ledger_status", "VOIDED; null: AUTHORISED or PAID, as amount_paid_cents says", "Invoice.Status"),
              "ledger/document_status_log", "ledger_document_id", "ledger_document_id", "status")),
    )  # fmt: skip
    ledger_document_id: Annotated[int, _key("ledger", "the document", "Invoice.InvoiceID")]
    type_: Annotated[int, _code("source_type", "ACCREC, ACCPAY, ACCRECCREDIT or ACCPAYCREDIT", "Invoice.Type")]
    number: Annotated[int, _text("its number", "Invoice.InvoiceNumber")]
    contact: Annotated[int, _key("party", "customer or supplier", "Invoice.Contact.ContactNumber")]
    date: Annotated[int, _is("day", "document date", "Invoice.Date")]
    due_date: Annotated[int, _is("day", "when it is due", "Invoice.DueDate")]
    total_cents: Annotated[int, _is("cents", "total with tax", "Invoice.Total")]
    recorded_at: Annotated[int, _is("minute", "when the ledger learnt it")]


class LedgerDraft(Fact):
    """A bill or invoice that somebody drafted in the ledger and that is in no book: it has no journal."""

    TABLE: ClassVar[Table] = Table(
        "ledger/drafts", ("ledger_document_id",), "recorded_at",
        (Fold("status", _code("ledger_status", "DRAFT, SUBMITTED or DELETED", "Invoice.Status"), "ledger/document_status_log",
              "ledger_document_id", "ledger_document_id", "status"),),
    )  # fmt: skip
    ledger_document_id: Annotated[int, _key("ledger", "the draft", "Invoice.InvoiceID")]
    type_: Annotated[int, _code("source_type", "what it would become, such as ACCPAY", "Invoice.Type")]
    number: Annotated[int, _text("its number", "Invoice.InvoiceNumber")]
    contact: Annotated[int, _key("party", "customer or supplier", "Invoice.Contact.ContactNumber")]
    date: Annotated[int, _is("day", "document date", "Invoice.Date")]
    total_cents: Annotated[int, _is("cents", "total", "Invoice.Total")]
    recorded_at: Annotated[int, _is("minute", "when it was drafted")]
    created_by: Annotated[int, _code("user", "by whom", cosmetic=True)]


class LedgerStatus(Fact):
    """A status of a ledger document that does not follow from what settles it: a draft's way, and a void."""

    TABLE: ClassVar[Table] = Table("ledger/document_status_log", ("ledger_document_id", "at"), "at")
    ledger_document_id: Annotated[int, _key("ledger", "the document or draft", "Invoice.InvoiceID")]
    status: Annotated[int, _code("ledger_status", "its new status", "Invoice.Status")]
    at: Annotated[int, _is("minute", "since when")]
    changed_by: Annotated[int, _code("user", "by whom", cosmetic=True)]


class LedgerPayment(Fact):
    """A payment that settles ledger documents; one that was deleted has a second row, which takes its amount back."""

    TABLE: ClassVar[Table] = Table(
        "ledger/payments", ("ledger_document_id",), "recorded_at",
        (Fold("statement_id", _key("bank", "the bank line it is reconciled with; null: not reconciled", "Payment.IsReconciled"),
              "ledger/bank_coding", "ledger_document_id", "ledger_document_id", "statement_id"),),
    )  # fmt: skip
    ledger_document_id: Annotated[int, _key("ledger", "the payment", "Payment.PaymentID")]
    type_: Annotated[int, _code("source_type", "ACCRECPAYMENT, ACCPAYPAYMENT, ARCREDITPAYMENT", "Payment.PaymentType")]
    account_code: Annotated[int, _code("account", "bank or clearing account", "Payment.Account")]
    date: Annotated[int, _is("day", "payment date", "Payment.Date")]
    amount_cents: Annotated[int, _is("cents", "amount paid", "Payment.Amount")]
    recorded_at: Annotated[int, _is("minute", "when the ledger learnt it")]


class Allocation(Fact):
    """How much of a payment settles which document; a void settles all of it.

    A credit note that is allocated to an invoice has two rows: it settles the invoice, and the invoice settles it.
    """

    TABLE: ClassVar[Table] = Table("ledger/allocations", ("payment_id", "ledger_document_id"), "recorded_at")
    payment_id: Annotated[int, _key("ledger", "the payment, what is set off against it, or the journal that voids it",
                                    "Payment.PaymentID")]  # fmt: skip
    ledger_document_id: Annotated[int, _key("ledger", "the document settled", "Payment.Invoice")]
    amount_cents: Annotated[int, _is("cents", "amount settled", "Payment.Amount")]
    recorded_at: Annotated[int, _is("minute", "when the ledger learnt it")]


def _item(name: str, meaning: str, real: str) -> Fold:
    return Fold(name, _code("account", meaning, real), "ledger/item_accounts", "item_code", "item_code", name)


class LedgerItem(Fact):
    """A product as the ledger knows it."""

    TABLE: ClassVar[Table] = Table(
        "ledger/items", ("item_code",), "recorded_at",
        (_item("income_account", "where its sales go", "Item.SalesDetails.AccountCode"),
         _item("expense_account", "where its cost goes", "Item.PurchaseDetails.AccountCode"),
         _item("asset_account", "where what is bought of it goes; null: with its cost", "Item.InventoryAssetAccountCode")),
    )  # fmt: skip
    item_code: Annotated[int, _code("item", "the item's code", "Item.Code")]
    name: Annotated[int, _text("the item's name", "Item.Name")]
    recorded_at: Annotated[int, _is("minute", "when the ledger learnt it")]


class ItemAccounts(Fact):
    """The accounts of an item, from some moment on. QuickBooks Online posts what names the item to them."""

    TABLE: ClassVar[Table] = Table("ledger/item_accounts", ("item_code", "recorded_at"), "recorded_at")
    item_code: Annotated[int, _code("item", "the item's code", "Item.Code")]
    income_account: Annotated[int, _code("account", "where its sales go", "Item.IncomeAccountRef")]
    expense_account: Annotated[int, _code("account", "where its cost goes", "Item.ExpenseAccountRef")]
    asset_account: Annotated[int, _code("account", "where what is bought of it goes; null: with its cost",
                                        "Item.AssetAccountRef")]  # fmt: skip
    recorded_at: Annotated[int, _is("minute", "since when")]
    changed_by: Annotated[int, _code("user", "by whom", cosmetic=True)]


class BankLine(Fact):
    """One line of a bank statement as fed into the ledger."""

    TABLE: ClassVar[Table] = Table(
        "ledger/bank_statement", ("statement_id",), "fed_at",
        (Fold("journal_id", _key("journal", "the journal it was coded to; null until then"), "ledger/bank_coding",
              "statement_id", "statement_id", "journal_id"),),
        resource="money",
    )  # fmt: skip
    statement_id: Annotated[int, _key("bank", "the line")]
    account_code: Annotated[int, _code("account", "the bank account")]
    date: Annotated[int, _is("day", "booking date at the bank")]
    amount_cents: Annotated[int, _is("cents", "money in positive, out negative")]
    description: Annotated[int, _text("what the bank prints")]
    fed_at: Annotated[int, _is("minute", "when the feed brought it")]


class BankCoding(Fact):
    """Who coded a bank line to which journal, and when."""

    TABLE: ClassVar[Table] = Table("ledger/bank_coding", ("statement_id",), "coded_at", resource="money")
    statement_id: Annotated[int, _key("bank", "the bank line")]
    journal_id: Annotated[int, _key("journal", "the journal it was matched or coded to")]
    ledger_document_id: Annotated[int, _key("ledger", "the ledger document behind that journal")]
    coded_at: Annotated[int, _is("minute", "when")]
    coded_by: Annotated[int, _code("user", "by whom", cosmetic=True)]


class LockDate(Fact):
    """A change of the ledger's lock date."""

    TABLE: ClassVar[Table] = Table("ledger/lock_dates", ("recorded_at",), "recorded_at", resource="close")
    recorded_at: Annotated[int, _is("minute", "when it was set")]
    lock_date: Annotated[int, _is("day", "dates on or before it are closed; null for none", "Organisation.PeriodLockDate")]
    kind: Annotated[int, _code("lock_kind", "period or year_end")]
    set_by: Annotated[int, _code("user", "by whom", cosmetic=True)]


# --- settings, issues: one table a layer ---------------------------------------------------------------------


class Setting(Fact):
    """A dated change of a setting; opening values are its first rows."""

    TABLE: ClassVar[Table] = Table("*/settings_log", ("recorded_at", "setting", "key"), "recorded_at")
    recorded_at: Annotated[int, _is("minute", "when it was changed")]
    setting: Annotated[int, _is("text", "which setting")]
    key: Annotated[int, _is("text", "of what: a product, a channel, or empty for the whole system")]
    old_value: Annotated[int, _is("text", "value before")]
    new_value: Annotated[int, _is("text", "value after")]
    changed_by: Annotated[int, _code("user", "by whom", cosmetic=True)]


class Ticket(Fact):
    """A complaint of somebody who works in a layer; some turn out wrong."""

    TABLE: ClassVar[Table] = Table("*/issue_log", ("ticket_id",), "raised_at")
    ticket_id: Annotated[int, _key("ticket", "the complaint")]
    raised_at: Annotated[int, _is("minute", "when it was raised")]
    raised_by: Annotated[int, _code("user", "by whom", cosmetic=True)]
    text: Annotated[int, _text("what they wrote")]


# --- cin7: stock and books -----------------------------------------------------------------------------------


class Movement(Fact):
    """One row of the stock card: one cost-layer slice, or a cost correction of quantity 0."""

    TABLE: ClassVar[Table] = Table("cin7/inventory_movements", ("movement_id",), "recorded_at")
    movement_id: Annotated[int, _key("movement", "the row")]
    recorded_at: Annotated[int, _is("minute", "when Cin7 learnt it")]
    effective_date: Annotated[int, _is("day", "date it counts for", "Movement.Date")]
    sku: Annotated[int, _code("sku", "the product", "Product.SKU")]
    location: Annotated[int, _code("location", "where", "Movement.Location")]
    account_code: Annotated[int, _code("account", "the account in which the value sits")]
    movement_type: Annotated[int, _code("movement_type", "what happened", "Movement.Type")]
    quantity: Annotated[int, _is("units", "units in positive, out negative", "Movement.Quantity")]
    value_cents: Annotated[int, _is("cents", "value in positive, out negative", "Movement.Amount")]
    document_key: Annotated[int, _key("document", "the document that caused it")]
    source_movement_id: Annotated[int, _key("movement", "the row whose cost this corrects, carries or gives back")]


class Transaction(Fact):
    """One accounting transaction of Cin7 Core: a dated pair of debit and credit."""

    TABLE: ClassVar[Table] = Table("cin7/transactions", ("transaction_id",), "recorded_at")
    transaction_id: Annotated[int, _key("transaction", "the pair", "Transaction.TaskID")]
    recorded_at: Annotated[int, _is("minute", "when Cin7 learnt it")]
    effective_date: Annotated[int, _is("day", "date it counts for", "Transaction.EffectiveDate")]
    debit_account: Annotated[int, _code("account", "account debited", "Transaction.DebitAccountCode")]
    credit_account: Annotated[int, _code("account", "account credited", "Transaction.CreditAccountCode")]
    amount_cents: Annotated[int, _is("cents", "amount", "Transaction.Amount")]
    document_key: Annotated[int, _key("document", "the document it belongs to")]
    type_: Annotated[int, _code("transaction_type", "kind of task", "Transaction.Type")]


class ReconcilingItem(Fact):
    """What an inventory account holds beyond the stock card at a month-end, and why."""

    TABLE: ClassVar[Table] = Table("cin7/reconciling_items", ("month_end", "document_key"), "month_end")
    month_end: Annotated[int, _is("day", "evening of this day")]
    account_code: Annotated[int, _code("account", "the inventory account")]
    kind: Annotated[int, _code("reconciling_kind", "why they differ")]
    document_key: Annotated[int, _key("document", "the open document")]
    amount_cents: Annotated[int, _is("cents", "account less stock card")]


class Availability(Fact):
    """Stock of one product at one location at a month-end."""

    TABLE: ClassVar[Table] = Table("cin7/availability", ("month_end", "sku", "location"), "month_end")
    month_end: Annotated[int, _is("day", "evening of this day")]
    sku: Annotated[int, _code("sku", "the product", "ProductAvailability.SKU")]
    location: Annotated[int, _code("location", "where", "ProductAvailability.Location")]
    on_hand: Annotated[int, _is("units", "units recorded", "ProductAvailability.OnHand")]
    allocated: Annotated[int, _is("units", "units promised to orders", "ProductAvailability.Allocated")]
    available: Annotated[int, _is("units", "on hand less allocated", "ProductAvailability.Available")]
    on_order: Annotated[int, _is("units", "units on open purchases", "ProductAvailability.OnOrder")]
    in_transit: Annotated[int, _is("units", "units between locations", "ProductAvailability.InTransit")]
    stock_value_cents: Annotated[int, _is("cents", "value of units on hand", "ProductAvailability.StockOnHand")]


class DocumentStatus(Fact):
    """A document's change of status."""

    TABLE: ClassVar[Table] = Table("cin7/document_status_log", ("document_key", "at"), "at")
    document_key: Annotated[int, _key("document", "the document")]
    document_type: Annotated[int, _code("document_type", "kind of document")]
    status: Annotated[int, _code("status", "its new status")]
    at: Annotated[int, _is("minute", "since when")]


def _status(meaning: str, real: str, on: str = "document_key", name: str = "status") -> Fold:
    return Fold(name, _code("status", meaning, real), "cin7/document_status_log", on, "document_key", "status")


# --- cin7: selling -------------------------------------------------------------------------------------------


class Sale(Fact):
    """A sale task."""

    TABLE: ClassVar[Table] = Table(
        "cin7/sales", ("document_key",), "created_at", (_status("where the sale stands", "Sale.Status"),)
    )
    document_key: Annotated[int, _key("document", "the sale", "Sale.SaleID")]
    order_number: Annotated[int, _text("its number", "Sale.OrderNumber")]
    customer_key: Annotated[int, _key("party", "the customer", "Sale.CustomerID")]
    source_channel: Annotated[int, _text("the channel it came from", "Sale.SourceChannel")]
    external_id: Annotated[int, _text("the channel's own order number", "Sale.ExternalID")]
    location: Annotated[int, _code("location", "where it ships from", "Sale.Location")]
    order_date: Annotated[int, _is("day", "date of the order", "Sale.OrderDate")]
    created_at: Annotated[int, _is("minute", "when Cin7 learnt it")]
    ship_by: Annotated[int, _is("day", "the day on which to send it; null for at once", "Sale.ShipBy")]


class SaleTypeChange(Fact):
    """A simple sale that became an advanced one, or a sale entered as another type; simple is the default."""

    TABLE: ClassVar[Table] = Table("cin7/sale_type_log", ("document_key", "at"), "at")
    document_key: Annotated[int, _key("document", "the sale", "Sale.SaleID")]
    type_: Annotated[int, _code("sale_type", "what it became", "Sale.Type")]
    at: Annotated[int, _is("minute", "when")]


class BackorderChange(Fact):
    """Units of an advanced sale that begin to wait for stock, or wait no longer."""

    TABLE: ClassVar[Table] = Table("cin7/backorder_log", ("document_key", "at"), "at")
    document_key: Annotated[int, _key("document", "the sale", "Sale.SaleID")]
    sku: Annotated[int, _code("sku", "the product", "Order.Lines.SKU")]
    quantity: Annotated[int, _is("units", "units that begin to wait; negative: that wait no longer")]
    at: Annotated[int, _is("minute", "when")]


class SaleLine(Fact):
    """One line of a sale's order."""

    TABLE: ClassVar[Table] = Table("cin7/sale_lines", ("document_key", "line"), "document_key", parent="cin7/sales")
    document_key: Annotated[int, _key("document", "the sale", "Sale.SaleID")]
    line: Annotated[int, _is("count", "its place in the order")]
    sku: Annotated[int, _code("sku", "the product", "Order.Lines.SKU")]
    quantity: Annotated[int, _is("units", "units ordered", "Order.Lines.Quantity")]
    price_cents: Annotated[int, _is("cents", "price of one unit before tax and discount", "Order.Lines.Price")]
    discount_cents: Annotated[int, _is("cents", "discount on the line", "Order.Lines.Discount")]
    total_cents: Annotated[int, _is("cents", "line total before tax", "Order.Lines.Total")]


class SaleInvoice(Fact):
    """A sale invoice."""

    TABLE: ClassVar[Table] = Table(
        "cin7/sale_invoices", ("document_key",), "authorised_at", (_status("its status", "Invoice.Status"),)
    )
    document_key: Annotated[int, _key("document", "the invoice", "Invoice.TaskID")]
    sale_key: Annotated[int, _key("document", "the sale it invoices")]
    invoice_number: Annotated[int, _text("its number", "Invoice.InvoiceNumber")]
    invoice_date: Annotated[int, _is("day", "its date", "Invoice.InvoiceDate")]
    due_date: Annotated[int, _is("day", "when it is due", "Invoice.InvoiceDueDate")]
    net_cents: Annotated[int, _is("cents", "goods before tax", "Invoice.TotalBeforeTax")]
    shipping_cents: Annotated[int, _is("cents", "shipping charged", "Invoice.AdditionalCharges")]
    tax_cents: Annotated[int, _is("cents", "tax", "Invoice.Tax")]
    total_cents: Annotated[int, _is("cents", "total with tax", "Invoice.Total")]
    authorised_at: Annotated[int, _is("minute", "when it was authorised")]


class SaleInvoiceLine(Fact):
    """One line of a sale invoice."""

    TABLE: ClassVar[Table] = Table(
        "cin7/sale_invoice_lines", ("document_key", "line"), "document_key", parent="cin7/sale_invoices"
    )
    document_key: Annotated[int, _key("document", "the invoice", "Invoice.TaskID")]
    line: Annotated[int, _is("count", "its place on the invoice")]
    sku: Annotated[int, _code("sku", "the product", "Invoice.Lines.SKU")]
    quantity: Annotated[int, _is("units", "units invoiced", "Invoice.Lines.Quantity")]
    total_cents: Annotated[int, _is("cents", "line total before tax", "Invoice.Lines.Total")]
    account_code: Annotated[int, _code("account", "where its revenue goes", "Invoice.Lines.Account")]


class Shipment(Fact):
    """A shipment task of a sale: what the warehouse told Cin7 it sent."""

    TABLE: ClassVar[Table] = Table(
        "cin7/shipments", ("document_key",), "created_at", (_status("its status", "Ship.Status"),)
    )
    document_key: Annotated[int, _key("document", "the shipment", "Ship.TaskID")]
    sale_key: Annotated[int, _key("document", "the sale it ships")]
    location: Annotated[int, _code("location", "where from")]
    created_at: Annotated[int, _is("minute", "when the task was opened")]


class ShipmentLine(Fact):
    """One line of a shipment."""

    TABLE: ClassVar[Table] = Table("cin7/shipment_lines", ("document_key", "line"), "document_key", parent="cin7/shipments")
    document_key: Annotated[int, _key("document", "the shipment", "Ship.TaskID")]
    line: Annotated[int, _is("count", "its place in the shipment")]
    sku: Annotated[int, _code("sku", "the product", "Pack.Lines.SKU")]
    quantity: Annotated[int, _is("units", "units", "Pack.Lines.Quantity")]


class SalePayment(Fact):
    """A customer's payment or refund on a sale."""

    TABLE: ClassVar[Table] = Table("cin7/sale_payments", ("document_key",), "recorded_at")
    document_key: Annotated[int, _key("document", "the payment", "Payment.TaskID")]
    paid_key: Annotated[int, _key("document", "the invoice or credit note it settles")]
    account_code: Annotated[int, _code("account", "bank or clearing account", "Payment.Account")]
    date: Annotated[int, _is("day", "date of the payment", "Payment.DatePaid")]
    amount_cents: Annotated[int, _is("cents", "amount; a refund is negative", "Payment.Amount")]
    reference: Annotated[int, _text("the gateway's reference", "Payment.Reference")]
    recorded_at: Annotated[int, _is("minute", "when Cin7 learnt it")]


class CreditNote(Fact):
    """A sale credit note."""

    TABLE: ClassVar[Table] = Table(
        "cin7/credit_notes", ("document_key",), "authorised_at", (_status("its status", "CreditNote.Status"),)
    )
    document_key: Annotated[int, _key("document", "the credit note", "CreditNote.TaskID")]
    sale_key: Annotated[int, _key("document", "the sale it credits")]
    credit_note_number: Annotated[int, _text("its number", "CreditNote.CreditNoteNumber")]
    date: Annotated[int, _is("day", "its date", "CreditNote.CreditNoteDate")]
    net_cents: Annotated[int, _is("cents", "goods before tax")]
    tax_cents: Annotated[int, _is("cents", "tax")]
    total_cents: Annotated[int, _is("cents", "total with tax", "CreditNote.Total")]
    authorised_at: Annotated[int, _is("minute", "when it was authorised")]


class Restock(Fact):
    """A restock line of a credit note."""

    TABLE: ClassVar[Table] = Table("cin7/restocks", ("document_key", "line"), "recorded_at")
    document_key: Annotated[int, _key("document", "the restock")]
    credit_note_key: Annotated[int, _key("document", "the credit note it belongs to")]
    line: Annotated[int, _is("count", "its place")]
    sku: Annotated[int, _code("sku", "the product", "Restock.SKU")]
    location: Annotated[int, _code("location", "where to", "Restock.Location")]
    quantity: Annotated[int, _is("units", "units", "Restock.Quantity")]
    recorded_at: Annotated[int, _is("minute", "when it was authorised")]


class Party(Fact):
    """A customer."""

    TABLE: ClassVar[Table] = Table("cin7/customers", ("customer_key",), "created_at")
    customer_key: Annotated[int, _key("party", "the customer", "Customer.ID")]
    name: Annotated[int, _code("party", "name", "Customer.Name", cosmetic=True)]
    created_at: Annotated[int, _is("minute", "when Cin7 learnt of them")]


# --- cin7: buying --------------------------------------------------------------------------------------------


class Supplier(Fact):
    """A supplier."""

    TABLE: ClassVar[Table] = Table("cin7/suppliers", ("supplier_key",))
    supplier_key: Annotated[int, _key("party", "the supplier", "Supplier.ID")]
    name: Annotated[int, _code("party", "name", "Supplier.Name", cosmetic=True)]
    terms_days: Annotated[int, _is("count", "payment term in days", "Supplier.PaymentTerm")]


class Purchase(Fact):
    """A purchase task."""

    TABLE: ClassVar[Table] = Table(
        "cin7/purchases", ("document_key",), "created_at", (_status("where it stands", "Purchase.Status"),)
    )
    document_key: Annotated[int, _key("document", "the purchase", "Purchase.ID")]
    order_number: Annotated[int, _text("its number", "Purchase.OrderNumber")]
    supplier_key: Annotated[int, _key("party", "the supplier", "Purchase.SupplierID")]
    approach: Annotated[int, _code("approach", "STOCK: receipt first; INVOICE: bill first", "Purchase.Approach")]
    location: Annotated[int, _code("location", "where to", "Purchase.Location")]
    order_date: Annotated[int, _is("day", "date of the order", "Purchase.OrderDate")]
    required_by: Annotated[int, _is("day", "when it is expected", "Purchase.RequiredBy")]
    created_at: Annotated[int, _is("minute", "when it was authorised")]
    type_: Annotated[int, _code("purchase_type", "simple, advanced or service", "Purchase.Type")]
    blind_receipt: Annotated[int, _is("count", "1: received without seeing what was ordered", "Purchase.BlindReceipt")]
    sale_key: Annotated[int, _key("document", "the sale to whose customer the supplier sends; null when goods come here",
                                  "Purchase.RelatedDropShipSaleTask")]  # fmt: skip


class PurchaseLine(Fact):
    """One line of a purchase."""

    TABLE: ClassVar[Table] = Table("cin7/purchase_lines", ("document_key", "line"), "document_key", parent="cin7/purchases")
    document_key: Annotated[int, _key("document", "the purchase", "Purchase.ID")]
    line: Annotated[int, _is("count", "its place")]
    sku: Annotated[int, _code("sku", "the product", "Order.Lines.SKU")]
    quantity: Annotated[int, _is("units", "units ordered", "Order.Lines.Quantity")]
    unit_cost: Annotated[int, _is("cost", "price of one unit, 1/10,000 of the currency", "Order.Lines.Price")]


class StockReceived(Fact):
    """One line of a stock receipt."""

    TABLE: ClassVar[Table] = Table("cin7/stock_received", ("document_key", "line"), "recorded_at")
    document_key: Annotated[int, _key("document", "the receipt", "StockReceived.TaskID")]
    purchase_key: Annotated[int, _key("document", "the purchase it receives")]
    line: Annotated[int, _is("count", "its place")]
    sku: Annotated[int, _code("sku", "the product", "StockReceived.Lines.SKU")]
    location: Annotated[int, _code("location", "where", "StockReceived.Lines.Location")]
    quantity: Annotated[int, _is("units", "units received", "StockReceived.Lines.Quantity")]
    received_date: Annotated[int, _is("day", "date received", "StockReceived.Lines.Date")]
    recorded_at: Annotated[int, _is("minute", "when it was authorised")]


class PurchaseInvoice(Fact):
    """A supplier's invoice on a purchase."""

    TABLE: ClassVar[Table] = Table(
        "cin7/purchase_invoices", ("document_key",), "authorised_at", (_status("its status", "Invoice.Status"),)
    )
    document_key: Annotated[int, _key("document", "the bill", "Invoice.TaskID")]
    purchase_key: Annotated[int, _key("document", "the purchase it invoices")]
    invoice_number: Annotated[int, _text("the supplier's number", "Invoice.InvoiceNumber")]
    invoice_date: Annotated[int, _is("day", "date it was entered for", "Invoice.InvoiceDate")]
    due_date: Annotated[int, _is("day", "when it is due", "Invoice.InvoiceDueDate")]
    total_cents: Annotated[int, _is("cents", "total", "Invoice.Total")]
    authorised_at: Annotated[int, _is("minute", "when it was authorised")]


class PurchaseInvoiceLine(Fact):
    """One line of a supplier's invoice as entered."""

    TABLE: ClassVar[Table] = Table(
        "cin7/purchase_invoice_lines", ("document_key", "line"), "document_key", parent="cin7/purchase_invoices"
    )
    document_key: Annotated[int, _key("document", "the bill", "Invoice.TaskID")]
    line: Annotated[int, _is("count", "its place")]
    sku: Annotated[int, _code("sku", "the product", "Invoice.Lines.SKU")]
    quantity: Annotated[int, _is("units", "units invoiced", "Invoice.Lines.Quantity")]
    unit_cost: Annotated[int, _is("cost", "price of one unit, 1/10,000 of the currency", "Invoice.Lines.Price")]


class PurchasePayment(Fact):
    """A payment to a supplier."""

    TABLE: ClassVar[Table] = Table("cin7/purchase_payments", ("document_key",), "recorded_at")
    document_key: Annotated[int, _key("document", "the payment", "Payment.TaskID")]
    bill_key: Annotated[int, _key("document", "the bill it pays")]
    account_code: Annotated[int, _code("account", "the bank account", "Payment.Account")]
    date: Annotated[int, _is("day", "date paid", "Payment.DatePaid")]
    amount_cents: Annotated[int, _is("cents", "amount; a refund of a credit note is negative", "Payment.Amount")]
    recorded_at: Annotated[int, _is("minute", "when it was entered")]
    purchase_key: Annotated[int, _key("document", "the purchase; a deposit has no bill yet")]
    credit_note_key: Annotated[int, _key("document", "the credit note that is paid back, if it is one")]


class PurchaseCreditNote(Fact):
    """A supplier's credit note."""

    TABLE: ClassVar[Table] = Table(
        "cin7/purchase_credit_notes", ("document_key",), "authorised_at", (_status("its status", "CreditNote.Status"),)
    )
    document_key: Annotated[int, _key("document", "the credit note", "CreditNote.TaskID")]
    purchase_key: Annotated[int, _key("document", "the purchase it credits")]
    credit_note_number: Annotated[int, _text("the supplier's number", "CreditNote.CreditNoteNumber")]
    date: Annotated[int, _is("day", "its date", "CreditNote.CreditNoteDate")]
    total_cents: Annotated[int, _is("cents", "total", "CreditNote.Total")]
    authorised_at: Annotated[int, _is("minute", "when it was authorised")]


class PurchaseCreditNoteLine(Fact):
    """One line of a supplier's credit note."""

    TABLE: ClassVar[Table] = Table(
        "cin7/purchase_credit_note_lines", ("document_key", "line"), "document_key", parent="cin7/purchase_credit_notes"
    )
    document_key: Annotated[int, _key("document", "the credit note", "CreditNote.TaskID")]
    line: Annotated[int, _is("count", "its place")]
    receipt_key: Annotated[int, _key("document", "the receipt whose goods it credits; null for goods that never came here")]
    sku: Annotated[int, _code("sku", "the product", "CreditNote.Lines.SKU")]
    quantity: Annotated[int, _is("units", "units credited; 0 for a price reduction", "CreditNote.Lines.Quantity")]
    unstocked: Annotated[int, _is("units", "units sent back to the supplier", "Unstock.Quantity")]
    total_cents: Annotated[int, _is("cents", "amount", "CreditNote.Lines.Total")]


class LandedCost(Fact):
    """A charge (freight, duty) spread over a purchase's lines."""

    TABLE: ClassVar[Table] = Table("cin7/landed_costs", ("document_key", "line"), "recorded_at")
    document_key: Annotated[int, _key("document", "the charge")]
    purchase_key: Annotated[int, _key("document", "the purchase whose cost it raises")]
    line: Annotated[int, _is("count", "its place")]
    distribution: Annotated[int, _text("Cost, Quantity, Weight or Volume", "CostDistributionType")]
    amount_cents: Annotated[int, _is("cents", "amount", "AdditionalCharges.Total")]
    recorded_at: Annotated[int, _is("minute", "when it was entered")]
    receipt_key: Annotated[int, _key("document", "the receipt whose goods bear it")]
    supplier_key: Annotated[int, _key("party", "who charges it", "Supplier.ID")]
    description: Annotated[int, _text("what for", "AdditionalCharges.Description")]


# --- cin7: stock tasks ---------------------------------------------------------------------------------------


class StockAdjustment(Fact):
    """One line of a stock adjustment."""

    TABLE: ClassVar[Table] = Table("cin7/stock_adjustments", ("document_key", "line"), "recorded_at")
    document_key: Annotated[int, _key("document", "the adjustment", "StockAdjustment.TaskID")]
    line: Annotated[int, _is("count", "its place")]
    sku: Annotated[int, _code("sku", "the product", "Lines.SKU")]
    location: Annotated[int, _code("location", "where", "Lines.Location")]
    quantity: Annotated[int, _is("units", "units added or taken away", "Lines.Adjustment")]
    account_code: Annotated[int, _code("account", "where the value goes", "StockAdjustment.Account")]
    reason: Annotated[int, _text("the reason given", "StockAdjustment.Reference")]
    adjusted_by: Annotated[int, _code("user", "by whom", cosmetic=True)]
    recorded_at: Annotated[int, _is("minute", "when it was completed")]


class StocktakeLine(Fact):
    """One line of a stocktake: what was counted beside what was expected."""

    TABLE: ClassVar[Table] = Table("cin7/stocktakes", ("document_key", "line"), "recorded_at")
    document_key: Annotated[int, _key("document", "the stocktake", "Stocktake.TaskID")]
    line: Annotated[int, _is("count", "its place")]
    sku: Annotated[int, _code("sku", "the product", "Stocktake.SKU")]
    location: Annotated[int, _code("location", "where", "Stocktake.Location")]
    expected: Annotated[int, _is("units", "units Cin7 expected on the shelf", "Stocktake.QuantityOnHand")]
    counted: Annotated[int, _is("units", "units counted", "Stocktake.Adjustment")]
    recorded_at: Annotated[int, _is("minute", "when it was completed")]


class StockTransfer(Fact):
    """One line of a transfer between locations."""

    TABLE: ClassVar[Table] = Table(
        "cin7/stock_transfers", ("document_key", "line"), "created_at", (_status("where it stands", "StockTransfer.Status"),)
    )
    document_key: Annotated[int, _key("document", "the transfer; its movements are those of the departure",
                                      "StockTransfer.TaskID")]  # fmt: skip
    transfer_number: Annotated[int, _text("its number", "StockTransfer.Number")]
    line: Annotated[int, _is("count", "its place")]
    sku: Annotated[int, _code("sku", "the product", "Lines.SKU")]
    from_location: Annotated[int, _code("location", "where from", "StockTransfer.From")]
    to_location: Annotated[int, _code("location", "where to", "StockTransfer.To")]
    quantity: Annotated[int, _is("units", "units", "Lines.TransferQuantity")]
    departure_date: Annotated[int, _is("day", "when it is to leave", "StockTransfer.DepartureDate")]
    required_by: Annotated[int, _is("day", "when it is expected", "StockTransfer.RequiredByDate")]
    in_transit_account: Annotated[int, _code("account", "where its value sits on the way", "StockTransfer.InTransitAccount")]
    created_at: Annotated[int, _is("minute", "when it was drafted")]


class TransferReceipt(Fact):
    """One line of a transfer that arrived."""

    TABLE: ClassVar[Table] = Table("cin7/stock_transfer_receipts", ("document_key", "line"), "recorded_at")
    document_key: Annotated[int, _key("document", "the arrival")]
    transfer_key: Annotated[int, _key("document", "the transfer", "StockTransfer.TaskID")]
    line: Annotated[int, _is("count", "its place")]
    sku: Annotated[int, _code("sku", "the product", "Lines.SKU")]
    quantity: Annotated[int, _is("units", "units", "Lines.TransferQuantity")]
    completion_date: Annotated[int, _is("day", "when it arrived", "StockTransfer.CompletionDate")]
    recorded_at: Annotated[int, _is("minute", "when it was completed")]


class WriteOff(Fact):
    """One line of an inventory write-off."""

    TABLE: ClassVar[Table] = Table("cin7/inventory_write_offs", ("document_key", "line"), "recorded_at")
    document_key: Annotated[int, _key("document", "the write-off", "InventoryWriteOff.TaskID")]
    line: Annotated[int, _is("count", "its place")]
    sku: Annotated[int, _code("sku", "the product", "Lines.SKU")]
    location: Annotated[int, _code("location", "where", "Lines.Location")]
    quantity: Annotated[int, _is("units", "units taken away", "Lines.Quantity")]
    account_code: Annotated[int, _code("account", "where the value goes", "InventoryWriteOff.ExpenseAccount")]
    reason: Annotated[int, _text("the reason given", "InventoryWriteOff.Reference")]
    written_off_by: Annotated[int, _code("user", "by whom", cosmetic=True)]
    recorded_at: Annotated[int, _is("minute", "when it was completed")]


class Batch(Fact):
    """The batch of a movement, for the few products that are kept by batch or serial number."""

    TABLE: ClassVar[Table] = Table("cin7/batches", ("movement_id",), "recorded_at")
    movement_id: Annotated[int, _key("movement", "the row of the stock card")]
    sku: Annotated[int, _code("sku", "the product", "Product.SKU")]
    batch: Annotated[int, _text("batch or serial number", "ProductAvailability.Batch")]
    expiry_date: Annotated[int, _is("day", "when its units expire; null for never", "ProductAvailability.ExpiryDate")]
    recorded_at: Annotated[int, _is("minute", "when Cin7 learnt it")]


class SerialNumber(Fact):
    """One unit of a movement, of a product that is kept by serial number."""

    TABLE: ClassVar[Table] = Table("cin7/serial_numbers", ("movement_id", "serial_number"), "recorded_at")
    movement_id: Annotated[int, _key("movement", "the row of the stock card")]
    sku: Annotated[int, _code("sku", "the product", "Product.SKU")]
    serial_number: Annotated[int, _text("its serial number", "ProductAvailability.Batch")]
    quantity: Annotated[int, _is("units", "1: it came in; -1: it left")]
    recorded_at: Annotated[int, _is("minute", "when Cin7 learnt it")]


class FinishedGoods(Fact):
    """An assembly."""

    TABLE: ClassVar[Table] = Table(
        "cin7/finished_goods", ("document_key",), "created_at",
        (_status("where it stands", "FinishedGoods.Status"),
         Fold("made", _is("units", "units that were made", "FinishedGoods.Quantity"), "cin7/finished_goods_receipts",
              "document_key", "assembly_key", "quantity", "sum")),
    )  # fmt: skip
    document_key: Annotated[int, _key("document", "the assembly", "FinishedGoods.TaskID")]
    assembly_number: Annotated[int, _text("its number", "FinishedGoods.AssemblyNumber")]
    issue_key: Annotated[int, _key("document", "the document under which its components leave")]
    sku: Annotated[int, _code("sku", "what was made", "FinishedGoods.ProductCode")]
    location: Annotated[int, _code("location", "where", "FinishedGoods.Location")]
    quantity: Annotated[int, _is("units", "units to be made", "FinishedGoods.Quantity")]
    wip_account: Annotated[int, _code("account", "account for work in progress", "FinishedGoods.WIPAccount")]
    created_at: Annotated[int, _is("minute", "when it was authorised")]


class FinishedGoodsLine(Fact):
    """One component of an assembly."""

    TABLE: ClassVar[Table] = Table(
        "cin7/finished_goods_lines", ("document_key", "line"), "document_key", parent="cin7/finished_goods"
    )
    document_key: Annotated[int, _key("document", "the assembly", "FinishedGoods.TaskID")]
    line: Annotated[int, _is("count", "its place")]
    sku: Annotated[int, _code("sku", "the component", "OrderLines.ProductCode")]
    quantity: Annotated[int, _is("units", "units without wastage", "OrderLines.Quantity")]
    wastage_quantity: Annotated[int, _is("units", "units allowed for wastage", "OrderLines.WastageQuantity")]
    total_quantity: Annotated[int, _is("units", "units issued", "OrderLines.TotalQuantity")]


class FinishedGoodsReceipt(Fact):
    """What came out of an assembly."""

    TABLE: ClassVar[Table] = Table("cin7/finished_goods_receipts", ("document_key",), "recorded_at")
    document_key: Annotated[int, _key("document", "the completion")]
    assembly_key: Annotated[int, _key("document", "the assembly", "FinishedGoods.TaskID")]
    quantity: Annotated[int, _is("units", "units made", "FinishedGoods.Quantity")]
    component_cents: Annotated[int, _is("cents", "cost of the components at that moment", "OrderLines.TotalCost")]
    service_cents: Annotated[int, _is("cents", "cost of the work", "OrderLines.TotalCost")]
    completion_date: Annotated[int, _is("day", "when it was done", "FinishedGoods.CompletionDate")]
    recorded_at: Annotated[int, _is("minute", "when it was completed")]


class BillOfMaterials(Fact):
    """One component of a product's bill of materials."""

    TABLE: ClassVar[Table] = Table("cin7/bill_of_materials", ("sku", "component_sku", "version"), "recorded_at")
    sku: Annotated[int, _code("sku", "the product made", "Product.SKU")]
    component_sku: Annotated[int, _code("sku", "the component", "BillOfMaterialsProducts.ProductCode")]
    quantity: Annotated[int, _is("units", "units for one", "BillOfMaterialsProducts.Quantity")]
    version: Annotated[int, _is("count", "which bill of materials of the product, from 1")]
    wastage_percent: Annotated[int, _is("count", "allowance for wastage, percent of the quantity",
                                        "BillOfMaterialsProducts.WastagePercent")]  # fmt: skip
    cost_percentage: Annotated[int, _is("count", "weight of its share of the cost when taken apart",
                                        "BillOfMaterialsProducts.CostPercentage")]  # fmt: skip
    service_cost: Annotated[int, _is("cost", "work on one unit of the product, 1/10,000 of the currency",
                                     "BillOfMaterialsServices.Cost")]  # fmt: skip
    valid_from: Annotated[int, _is("day", "from which day on")]
    recorded_at: Annotated[int, _is("minute", "since when")]


class Disassembly(Fact):
    """One component line of a disassembly."""

    TABLE: ClassVar[Table] = Table(
        "cin7/disassemblies", ("document_key", "line"), "created_at", (_status("where it stands", "Disassembly.Status"),)
    )
    document_key: Annotated[int, _key("document", "the disassembly", "Disassembly.TaskID")]
    disassembly_number: Annotated[int, _text("its number", "Disassembly.Number")]
    parent_sku: Annotated[int, _code("sku", "what was taken apart", "Disassembly.ProductCode")]
    parent_quantity: Annotated[int, _is("units", "units taken apart", "Disassembly.Quantity")]
    location: Annotated[int, _code("location", "where", "Disassembly.Location")]
    line: Annotated[int, _is("count", "its place")]
    sku: Annotated[int, _code("sku", "the component", "OrderLines.ProductCode")]
    quantity: Annotated[int, _is("units", "units", "OrderLines.Quantity")]
    cost_cents: Annotated[int, _is("cents", "share of the cost", "OrderLines.Cost")]
    created_at: Annotated[int, _is("minute", "when it was authorised")]


def _setting(name: str, column: Column) -> Fold:
    return Fold(name, column, "cin7/product_log", "sku", "sku", name)


_COSTING_METHOD = _code("costing", "how its cost is found", "Product.CostingMethod")
_INVENTORY_ACCOUNT = _code("account", "its own stock account; null: the default one", "Product.InventoryAccount")
_COGS_ACCOUNT = _code("account", "its own cost account; null: the default one", "Product.COGSAccount")
_REVENUE_ACCOUNT = _code("account", "its own revenue account; null: of document, customer or default", "Product.RevenueAccount")
_MINIMUM = _is("units", "reorder point", "Product.MinimumBeforeReorder")
_QUANTITY = _is("units", "units to reorder", "Product.ReorderQuantity")
_OPTION_1 = _is("text", "value of the family's first option, such as a colour", "ProductFamily.Products.Option1")
_OPTION_2 = _is("text", "value of the family's second option, such as a size", "ProductFamily.Products.Option2")
_NAME = _text("its name", "Product.Name")
_PLANNED_BY = _is("text", "which tool plans what is ordered or made of it: Reorder level, MRP, Forecast")


class Product(Fact):
    """A product of the catalogue."""

    TABLE: ClassVar[Table] = Table(
        "cin7/products", ("sku",), "created_at",
        (_setting("costing_method", _COSTING_METHOD), _setting("minimum_before_reorder", _MINIMUM),
         _setting("reorder_quantity", _QUANTITY), _setting("planned_by", _PLANNED_BY),
         _setting("inventory_account", _INVENTORY_ACCOUNT), _setting("cogs_account", _COGS_ACCOUNT),
         _setting("revenue_account", _REVENUE_ACCOUNT), _setting("option_1", _OPTION_1), _setting("option_2", _OPTION_2),
         _setting("name", _NAME)),
    )  # fmt: skip
    sku: Annotated[int, _code("sku", "its code", "Product.SKU")]
    category: Annotated[int, _text("its category", "Product.Category")]
    type_: Annotated[int, _code("product_type", "Stock, Service or Non-inventory", "Product.Type")]
    supplier_key: Annotated[int, _key("party", "who supplies it", "Product.Suppliers")]
    price_cents: Annotated[int, _is("cents", "list price before tax", "Product.PriceTier1")]
    purchase_cost: Annotated[int, _is("cost", "last known cost, 1/10,000 of the currency", "Product.Suppliers.Cost")]
    created_at: Annotated[int, _is("minute", "when it was set up")]
    family: Annotated[int, _is("text", "the family it belongs to; null: a product of its own", "ProductFamily.SKU")]
    drop_ship_mode: Annotated[int, _code("drop_ship", "whether its supplier sends it straight to the customer",
                                         "Product.DropShipMode")]  # fmt: skip


class ProductFamily(Fact):
    """A family of products that differ by options."""

    TABLE: ClassVar[Table] = Table("cin7/product_families", ("family",), "created_at")
    family: Annotated[int, _is("text", "its code", "ProductFamily.SKU")]
    name: Annotated[int, _text("its name", "ProductFamily.Name")]
    category: Annotated[int, _text("its category", "ProductFamily.Category")]
    option_1_name: Annotated[int, _is("text", "what its members differ by first", "ProductFamily.Option1Name")]
    option_2_name: Annotated[int, _is("text", "what they differ by next; null for nothing", "ProductFamily.Option2Name")]
    created_at: Annotated[int, _is("minute", "when it was set up")]


class ProductChange(Fact):
    """How a product is set up from a moment on: its accounts, its costing, and how it is replenished."""

    TABLE: ClassVar[Table] = Table("cin7/product_log", ("sku", "at"), "at")
    sku: Annotated[int, _code("sku", "the product", "Product.SKU")]
    costing_method: Annotated[int, _COSTING_METHOD]
    inventory_account: Annotated[int, _INVENTORY_ACCOUNT]
    cogs_account: Annotated[int, _COGS_ACCOUNT]
    revenue_account: Annotated[int, _REVENUE_ACCOUNT]
    minimum_before_reorder: Annotated[int, _MINIMUM]
    reorder_quantity: Annotated[int, _QUANTITY]
    planned_by: Annotated[int, _PLANNED_BY]
    option_1: Annotated[int, _OPTION_1]
    option_2: Annotated[int, _OPTION_2]
    name: Annotated[int, _NAME]
    at: Annotated[int, _is("minute", "since when")]


class AccountMapping(Fact):
    """Which account Cin7 uses for a purpose, and for what: order line, product, document or customer, else by default."""

    TABLE: ClassVar[Table] = Table("cin7/account_mapping", ("purpose", "level"), "recorded_at")
    purpose: Annotated[int, _text("Inventory, COGS, Revenue ...")]
    account_code: Annotated[int, _code("account", "the account; null when it was taken away")]
    recorded_at: Annotated[int, _is("minute", "since when")]
    level: Annotated[int, _is("text", "order line, product, document, customer or default: the first that names one wins")]
    applies_to: Annotated[int, _is("text", "the product, the channel, or both; null for the default")]


# --- integration ---------------------------------------------------------------------------------------------


def _sync(name: str, column: Column, value: str) -> Fold:
    return Fold(name, column, "integration/sync_status_log", "record_key", "record_key", value)


class SyncRecord(Fact):
    """One row of the integration's staging area."""

    TABLE: ClassVar[Table] = Table(
        "integration/sync_records", ("record_key",), "created_at",
        (_sync("status", _code("sync_status", "how far it got", "Status"), "status"),
         _sync("status_at", _is("minute", "since when"), "at"),
         _sync("target_document_id", _key("ledger", "what it became in the ledger; null until it arrived"),
               "target_document_id")),
    )  # fmt: skip
    record_key: Annotated[int, _key("record", "the row")]
    direction: Annotated[int, _code("direction", "inbound to Cin7 or outbound from it")]
    record_type: Annotated[int, _code("record_type", "what it carries", "Type")]
    document_key: Annotated[int, _key("document", "the Cin7 document it carries")]
    created_at: Annotated[int, _is("minute", "when it was staged")]
    target: Annotated[int, _code("target", "the system it goes to")]


class SyncRecordDocument(Fact):
    """A document that a staging row carries."""

    TABLE: ClassVar[Table] = Table(
        "integration/sync_record_documents", ("record_key", "document_key"), "record_key", parent="integration/sync_records"
    )
    record_key: Annotated[int, _key("record", "the row")]
    document_key: Annotated[int, _key("document", "a document it carries")]


class SyncStatus(Fact):
    """A staging row's change of status."""

    TABLE: ClassVar[Table] = Table("integration/sync_status_log", ("record_key", "at"), "at")
    record_key: Annotated[int, _key("record", "the row")]
    status: Annotated[int, _code("sync_status", "its new status", "Status")]
    at: Annotated[int, _is("minute", "since when")]
    target_document_id: Annotated[int, _key("ledger", "what it became in the ledger; null unless it arrived")]
    changed_by: Annotated[int, _code("user", "who or what changed it", cosmetic=True)]


class SyncAttempt(Fact):
    """One call to the other system."""

    TABLE: ClassVar[Table] = Table("integration/sync_attempts", ("record_key", "attempted_at"), "attempted_at")
    record_key: Annotated[int, _key("record", "the row")]
    attempted_at: Annotated[int, _is("minute", "when")]
    http_status: Annotated[int, _is("count", "the answer's HTTP status")]
    error_code: Annotated[int, _text("the other system's error code; null when it went well")]
    message: Annotated[int, _text("the other system's words; null when it went well")]


class FeedLog(Fact):
    """One download from, or upload to, a channel, gateway or bank."""

    TABLE: ClassVar[Table] = Table("integration/feed_log", ("feed", "fetched_at"), "fetched_at")
    feed: Annotated[int, _code("feed", "which connection")]
    fetched_at: Annotated[int, _is("minute", "when")]
    window_from: Annotated[int, _is("minute", "what it asked for: from")]
    window_to: Annotated[int, _is("minute", "what it asked for: to")]
    records: Annotated[int, _is("count", "rows that came")]
    status: Annotated[int, _code("feed_status", "OK; ERROR: nothing came; DUPLICATE: a file sent twice, not entered again")]


class ItemMap(Fact):
    """A Cin7 product's counterpart in the ledger."""

    TABLE: ClassVar[Table] = Table("integration/item_map", ("sku", "since"), "since")
    sku: Annotated[int, _code("sku", "the Cin7 product")]
    item_code: Annotated[int, _code("item", "the ledger's item")]
    since: Annotated[int, _is("minute", "since when")]


class ChannelSku(Fact):
    """A channel listing's counterpart in Cin7."""

    TABLE: ClassVar[Table] = Table("integration/channel_sku_map", ("channel", "channel_sku"), "since")
    channel: Annotated[int, _text("the channel")]
    channel_sku: Annotated[int, _code("sku", "the listing's code")]
    sku: Annotated[int, _code("sku", "the Cin7 product")]
    since: Annotated[int, _is("minute", "since when")]


class PayoutStaging(Fact):
    """A gateway line that found no Cin7 document to settle yet."""

    TABLE: ClassVar[Table] = Table("integration/payout_staging", ("reference", "seen_at"), "seen_at")
    reference: Annotated[int, _text("the gateway's reference")]
    order_reference: Annotated[int, _text("the channel's order number")]
    amount_cents: Annotated[int, _is("cents", "charge positive, refund negative")]
    seen_at: Annotated[int, _is("minute", "when it was found waiting")]


# --- operations: the outside world's own papers, under their own references -----------------------------------


class ChannelOrder(Fact):
    """One line of an order as the sales channel shows it."""

    TABLE: ClassVar[Table] = Table("operations/channel_orders", ("order_reference", "line"), "placed_at")
    order_reference: Annotated[int, _text("the channel's order number", "Order.name")]
    line: Annotated[int, _is("count", "its place in the order")]
    placed_at: Annotated[int, _is("minute", "when the customer ordered", "Order.createdAt")]
    sku: Annotated[int, _code("sku", "the listing", "LineItem.sku")]
    quantity: Annotated[int, _is("units", "units", "LineItem.quantity")]
    price_cents: Annotated[int, _is("cents", "price of one unit before tax and discount", "LineItem.originalUnitPrice")]
    discount_cents: Annotated[int, _is("cents", "discount on the line", "LineItem.totalDiscount")]
    customer: Annotated[int, _text("the channel's number of the customer; null where it does not say", "Order.customer")]


class ChannelCancellation(Fact):
    """An order the customer cancelled before it was packed."""

    TABLE: ClassVar[Table] = Table("operations/channel_cancellations", ("order_reference",), "cancelled_at")
    order_reference: Annotated[int, _text("the channel's order number", "Order.name")]
    cancelled_at: Annotated[int, _is("minute", "when", "Order.cancelledAt")]


class EdiDocument(Fact):
    """A document in the mailbox that retailers and the business exchange them through."""

    TABLE: ClassVar[Table] = Table("operations/edi_documents", ("control_number",), "exchanged_at")
    control_number: Annotated[int, _text("the interchange's number")]
    document: Annotated[int, _code("edi_document", "850 order, 855 acknowledgement, 856 despatch advice, 810 invoice")]
    order_reference: Annotated[int, _text("the retailer's order number")]
    quantity: Annotated[int, _is("units", "units ordered, promised, sent or invoiced")]
    amount_cents: Annotated[int, _is("cents", "amount, where the document names one, else null")]
    exchanged_at: Annotated[int, _is("minute", "when it was put in or taken out; an order that comes twice is there twice")]


class CarrierShipment(Fact):
    """A parcel the carrier collected."""

    TABLE: ClassVar[Table] = Table("operations/carrier_shipments", ("tracking_number",), "collected_at")
    tracking_number: Annotated[int, _text("the carrier's number")]
    order_reference: Annotated[int, _text("reference on the label; sometimes missing")]
    collected_at: Annotated[int, _is("minute", "when the carrier scanned it")]
    units: Annotated[int, _is("units", "units declared")]


class DockReceipt(Fact):
    """Goods put on the dock, as the delivery paper was signed."""

    TABLE: ClassVar[Table] = Table("operations/dock_receipts", ("delivery_note", "line"), "arrived_at")
    delivery_note: Annotated[int, _text("the supplier's delivery note")]
    line: Annotated[int, _is("count", "its place")]
    purchase_reference: Annotated[int, _text("our order number as the supplier wrote it; sometimes missing")]
    supplier: Annotated[int, _code("party", "who delivered", cosmetic=True)]
    sku: Annotated[int, _code("sku", "the product")]
    quantity: Annotated[int, _is("units", "units signed for")]
    arrived_at: Annotated[int, _is("minute", "when")]


class ReturnReceived(Fact):
    """Goods that came back."""

    TABLE: ClassVar[Table] = Table("operations/returns_received", ("rma", "line"), "received_at")
    rma: Annotated[int, _text("the return's number")]
    line: Annotated[int, _is("count", "its place")]
    order_reference: Annotated[int, _text("the channel's order number")]
    sku: Annotated[int, _code("sku", "the product")]
    quantity: Annotated[int, _is("units", "units")]
    condition: Annotated[int, _code("condition", "resalable or damaged")]
    received_at: Annotated[int, _is("minute", "when")]
    location: Annotated[int, _code("location", "where")]


class CountSheet(Fact):
    """What a counter wrote down."""

    TABLE: ClassVar[Table] = Table("operations/count_sheets", ("sheet", "sku"), "counted_at")
    sheet: Annotated[int, _text("the sheet")]
    sku: Annotated[int, _code("sku", "the product")]
    location: Annotated[int, _code("location", "where")]
    counted: Annotated[int, _is("units", "units on the shelf")]
    counted_at: Annotated[int, _is("minute", "when")]


class ThirdPartyFile(Fact):
    """One line of a file that a third party's warehouse wrote; a file may also be empty."""

    TABLE: ClassVar[Table] = Table("operations/third_party_files", ("file", "line"), "written_at")
    file: Annotated[int, _text("the file's number")]
    kind: Annotated[int, _code("warehouse_file", "what it tells")]
    line: Annotated[int, _is("count", "its place in the file")]
    location: Annotated[int, _code("location", "whose file")]
    reference: Annotated[int, _text("order number, delivery note or docket; null for none")]
    sku: Annotated[int, _code("sku", "the product; null where a whole order is meant")]
    quantity: Annotated[int, _is("units", "units; 0: not all there, nothing sent")]
    written_at: Annotated[int, _is("minute", "when it was written")]


class ProductionLog(Fact):
    """What the workshop made."""

    TABLE: ClassVar[Table] = Table("operations/production_log", ("batch",), "made_at", resource="floor")
    batch: Annotated[int, _text("the batch")]
    sku: Annotated[int, _code("sku", "the product")]
    quantity: Annotated[int, _is("units", "units")]
    made_at: Annotated[int, _is("minute", "when")]


class ProductionUsage(Fact):
    """What the workshop took for a batch."""

    TABLE: ClassVar[Table] = Table("operations/production_usage", ("batch", "component_sku"), "taken_at")
    batch: Annotated[int, _text("the batch")]
    component_sku: Annotated[int, _code("sku", "the component")]
    quantity: Annotated[int, _is("units", "units really taken")]
    taken_at: Annotated[int, _is("minute", "when")]


class Consignment(Fact):
    """One line of what left one place for another, as the docket says."""

    TABLE: ClassVar[Table] = Table("operations/consignments", ("docket", "line"), "left_at", resource="floor")
    docket: Annotated[int, _text("the docket's number")]
    line: Annotated[int, _is("count", "its place")]
    transfer_reference: Annotated[int, _text("our transfer's number")]
    from_location: Annotated[int, _code("location", "where from")]
    to_location: Annotated[int, _code("location", "where to")]
    sku: Annotated[int, _code("sku", "the product")]
    quantity: Annotated[int, _is("units", "units loaded")]
    left_at: Annotated[int, _is("minute", "when")]


class ConsignmentReceipt(Fact):
    """One line of a consignment as it was counted on arrival."""

    TABLE: ClassVar[Table] = Table(
        "operations/consignment_receipts", ("docket", "line"), "arrived_at", resource="floor"
    )
    docket: Annotated[int, _text("the docket's number")]
    line: Annotated[int, _is("count", "its place")]
    sku: Annotated[int, _code("sku", "the product")]
    quantity: Annotated[int, _is("units", "units in good order")]
    damaged: Annotated[int, _is("units", "units that came damaged")]
    arrived_at: Annotated[int, _is("minute", "when")]


class SupplierDocument(Fact):
    """One line of a supplier's paper."""

    TABLE: ClassVar[Table] = Table("operations/supplier_documents", ("reference", "line"), "arrived_at")
    reference: Annotated[int, _text("the supplier's number")]
    kind: Annotated[int, _code("paper", "invoice or credit note")]
    line: Annotated[int, _is("count", "its place")]
    supplier: Annotated[int, _code("party", "who sent it", cosmetic=True)]
    purchase_reference: Annotated[int, _text("our order number as the supplier wrote it; sometimes missing")]
    date: Annotated[int, _is("day", "date on the paper")]
    sku: Annotated[int, _code("sku", "the product")]
    quantity: Annotated[int, _is("units", "units")]
    unit_cost: Annotated[int, _is("cost", "price of one unit, 1/10,000 of the currency")]
    arrived_at: Annotated[int, _is("minute", "when it arrived")]


class SupplierDispatch(Fact):
    """One line of what a supplier sent straight to a customer, as his note to us says."""

    TABLE: ClassVar[Table] = Table("operations/supplier_dispatches", ("dispatch_reference", "line"), "known_at")
    dispatch_reference: Annotated[int, _text("the supplier's number")]
    line: Annotated[int, _is("count", "its place")]
    supplier: Annotated[int, _code("party", "who sent it", cosmetic=True)]
    purchase_reference: Annotated[int, _text("our order number as the supplier wrote it; sometimes missing")]
    sku: Annotated[int, _code("sku", "the product")]
    quantity: Annotated[int, _is("units", "units sent; 0 for what cannot be sent")]
    tracking_number: Annotated[int, _text("the carrier's number; null when nothing was sent")]
    dispatched_at: Annotated[int, _is("minute", "when the carrier took it, or the supplier gave up")]
    known_at: Annotated[int, _is("minute", "when the note arrived")]


class SupplierPriceList(Fact):
    """One line of a price list that a supplier sent."""

    TABLE: ClassVar[Table] = Table("operations/supplier_price_lists", ("arrived_at", "sku"), "arrived_at")
    arrived_at: Annotated[int, _is("minute", "when it arrived")]
    supplier: Annotated[int, _code("party", "who sent it", cosmetic=True)]
    sku: Annotated[int, _code("sku", "the product")]
    unit_cost: Annotated[int, _is("cost", "price of one unit, 1/10,000 of the currency")]
    valid_from: Annotated[int, _is("day", "for orders from this day on")]


class GatewayTransaction(Fact):
    """One transaction in the payment gateway's own account."""

    TABLE: ClassVar[Table] = Table(
        "operations/gateway_transactions", ("reference",), "at",
        (Fold("payout_reference", _text("the payout that paid it; null until then", "BalanceTransaction.associatedPayout"),
              "operations/gateway_payout_items", "reference", "reference", "payout_reference"),),
        resource="money",
    )  # fmt: skip
    reference: Annotated[int, _text("the gateway's reference", "BalanceTransaction.id")]
    type_: Annotated[int, _code("charge", "CHARGE, REFUND, DISPUTE", "BalanceTransaction.type")]
    order_reference: Annotated[int, _text("the channel's order number", "BalanceTransaction.associatedOrder")]
    at: Annotated[int, _is("minute", "when", "BalanceTransaction.transactionDate")]
    amount_cents: Annotated[int, _is("cents", "charge positive, refund negative", "BalanceTransaction.amount")]
    fee_cents: Annotated[int, _is("cents", "the gateway's fee", "BalanceTransaction.fee")]


class GatewayPayoutItem(Fact):
    """Which payout paid out a gateway transaction."""

    TABLE: ClassVar[Table] = Table("operations/gateway_payout_items", ("reference",), "at", resource="money")
    reference: Annotated[int, _text("the transaction's reference")]
    payout_reference: Annotated[int, _text("the payout's reference")]
    at: Annotated[int, _is("minute", "when")]


class GatewayPayout(Fact):
    """A payout of the gateway."""

    TABLE: ClassVar[Table] = Table("operations/gateway_payouts", ("payout_reference",), "at", resource="money")
    payout_reference: Annotated[int, _text("the payout's reference", "Payout.id")]
    at: Annotated[int, _is("minute", "when the gateway closed it")]
    arrival_date: Annotated[int, _is("day", "when the bank gets it")]
    gross_cents: Annotated[int, _is("cents", "charges less refunds and disputes", "Payout.gross")]
    fee_cents: Annotated[int, _is("cents", "fees held back")]
    net_cents: Annotated[int, _is("cents", "amount paid out", "Payout.net")]


class OperatingRule(Fact):
    """A stated policy of the business; sometimes stale."""

    TABLE: ClassVar[Table] = Table("operations/operating_rules", ("stated_at", "rule"), "stated_at")
    stated_at: Annotated[int, _is("minute", "when it was written down")]
    rule: Annotated[int, _text("the policy's subject")]
    text: Annotated[int, _text("the policy")]


SETTINGS = ("cin7", "integration", "ledger")
"""Layers that keep a settings log."""
LAYERS = ("operations", "cin7", "integration", "ledger")
"""The four layers, in the order in which each feeds the next."""


def _catalogue() -> dict[str, type[Fact]]:
    tables: dict[str, type[Fact]] = {}
    for fact in Fact.__subclasses__():
        name = fact.TABLE.name
        if name == "*/settings_log":
            tables.update({f"{layer}/settings_log": fact for layer in SETTINGS})
        elif name == "*/issue_log":
            tables.update({f"{layer}/issue_log": fact for layer in LAYERS})
        elif fact.TABLE.layer in LAYERS:
            tables[name] = fact
    return dict(sorted(tables.items()))


TABLES: dict[str, type[Fact]] = _catalogue()
"""Every exported table by name."""


@cache
def columns(fact: type[Fact]) -> dict[str, Column]:
    """The struct's columns in order, by exported name. Do not change the answer: it is kept."""
    hints = get_type_hints(fact, include_extras=True)
    return {
        name.rstrip("_"): get_args(hint)[1]
        for name, hint in hints.items()
        if get_origin(hint) is Annotated
    }


@cache
def all_columns(fact: type[Fact]) -> dict[str, Column]:
    """The exported columns in order: the struct's own, then its folds."""
    return columns(fact) | {fold.name: fold.column for fold in fact.TABLE.folds}
