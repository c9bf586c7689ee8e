"""Which account a purpose, a gateway or a product goes to, by Cin7's settings: gaps, sharing, and what is sent only monthly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...evidence import look_up, within
from ...reading import Reading
from ..findings import Finding, needs

if TYPE_CHECKING:
    import pandas as pd

_HABIT = 3
"""Fewer documents are an oversight (assumption)."""
_SETTLED = 0.1
"""Share of the time seen within which a product that was there from the beginning has been sold (assumption)."""
_MAPPING, _FEES, _PAYMENTS, _INVOICES = "Account mapping", "Fee account", "Payments sync type", "Invoices sync type"
_MONTHLY = "Monthly consolidate"


def _gateways(reading: Reading) -> pd.Series[str]:
    """The gateways that Cin7 knows: each has an account for its fees."""
    log = reading.table("cin7/settings_log")
    names: pd.Series[str] = log.loc[log["setting"] == _FEES, "key"].drop_duplicates()
    return names


def _defaults(reading: Reading) -> pd.DataFrame:
    """Purposes and gateways of the account mapping as they stand now, and since when. Columns: key, new_value, recorded_at."""
    log = reading.table("cin7/settings_log")
    log = log[log["setting"] == _MAPPING].sort_values("recorded_at", kind="stable")
    return log.drop_duplicates("key", keep="last").dropna(subset=["new_value"])


@needs("cin7")
def gateways_share_an_account(reading: Reading) -> Finding | None:
    """`comingled_clearing_account`: a gateway is put to the clearing account of another one, if only for a time."""
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    log = reading.table("cin7/settings_log")
    log = log[(log["setting"] == _MAPPING) & within(log["key"], _gateways(reading))]
    log = log.sort_values("recorded_at", kind="stable").dropna(subset=["new_value"])
    log = log.assign(until=log.groupby("key")["recorded_at"].shift(-1).fillna(reading.evening))
    payments = reading.table("cin7/sale_payments")
    gateway = _paid_by(reading, payments["reference"])
    who = look_up(payments["reference"], gateway) if len(gateway) else pd.Series(None, index=payments.index, dtype="str")
    pairs = log.reset_index().merge(log, on="new_value", suffixes=("", "_other"))
    at = pairs["recorded_at"]
    shared = pairs[(pairs["key"] != pairs["key_other"]) & (pairs["recorded_at_other"] <= at) & (pairs["until_other"] > at)]
    # The one that was there first has a right to the account.
    shared = shared[shared["old_value"].notna()] if shared["old_value"].notna().any() else shared
    moved = log.loc[shared["index"].drop_duplicates()]
    if moved.empty:
        return None
    parts = [
        payments[(payments["account_code"] == account) & (payments["recorded_at"] >= start) & (payments["recorded_at"] < end)
                 & (who.isna() | who.str.contains(name.casefold(), regex=False))]
        for name, account, start, end in _changes(moved)
    ]  # fmt: skip
    found = pd.concat(parts).sort_values(["recorded_at", "document_key"], kind="stable")
    paid_out = _paid_out(reading, moved)
    since = moved["recorded_at"].min()
    keys = dict.fromkeys([*found["document_key"], *_settled_with(reading, found), *paid_out["source_id"]])
    return Finding(
        cause="comingled_clearing_account", layer="cin7", since=since, keys=tuple(keys), probability=0.85,
        amount_cents=int(found["amount_cents"].abs().sum() + paid_out["amount_cents"].abs().sum()),
        words=f"{', '.join(sorted(moved['key'].unique()))} clear through account {moved['new_value'].iloc[0]}, which is also "
              f"another gateway's, since {since:%d %B}",
    )  # fmt: skip


def _changes(moved: pd.DataFrame) -> list[tuple[str, str, pd.Timestamp, pd.Timestamp]]:
    """Changes of the mapping as name, account, since and until."""
    return list(zip(moved["key"], moved["new_value"], moved["recorded_at"], moved["until"], strict=True))


def _settled_with(reading: Reading, deposits: pd.DataFrame) -> list[str]:
    """Payments of invoices with what customers had paid on the sale, entered in one go with that."""
    invoices = reading.table("cin7/sale_invoices").set_index("document_key")["sale_key"]
    payments = reading.table("cin7/sale_payments")
    sales = look_up(payments["paid_key"], invoices) + payments["recorded_at"].astype("str")
    return list(payments.loc[within(sales, deposits["paid_key"] + deposits["recorded_at"].astype("str")), "document_key"])


def _paid_out(reading: Reading, moved: pd.DataFrame) -> pd.DataFrame:
    """What relieved clearing for payouts of gateways while they were moved. Columns: source_id, amount_cents, of the journals.

    Columns of `moved`: key (the gateway's name), new_value, recorded_at, until.
    """
    import pandas as pd  # noqa: PLC0415

    if not reading.sees("ledger"):
        return pd.DataFrame({"source_id": [], "amount_cents": []})
    lines = reading.table("ledger/bank_statement").dropna(subset=["journal_id"])
    hand = reading.by_hand
    hand = hand[hand["control"] == "clearing"]
    lines = lines.drop_duplicates("journal_id").set_index("journal_id")
    text = look_up(hand["journal_id"], lines["description"].str.casefold())
    parts = [
        hand[text.fillna("").str.contains(name.casefold(), regex=False)
             & (hand["recorded_at"] >= start) & (hand["recorded_at"] < end)]
        for name, _, start, end in _changes(moved)
    ]  # fmt: skip
    return pd.concat(parts).sort_values(["recorded_at", "journal_id"], kind="stable")[["source_id", "amount_cents"]]


def _paid_by(reading: Reading, references: pd.Series[str]) -> pd.Series[str]:
    """What the bank printed on the payout of each gateway transaction, in small letters: it names the gateway.

    Each gateway numbers its transactions in a series of its own: one whose payout is not known is its neighbour's.
    """
    import pandas as pd  # noqa: PLC0415  (heavy; only when used)

    if not reading.sees("operations", "ledger"):
        return pd.Series([], index=pd.Index([], dtype="str"), dtype="str")
    theirs = reading.table("operations/gateway_transactions")
    theirs = theirs[within(theirs["reference"], references)].drop_duplicates("reference")
    theirs = theirs.assign(digits=theirs["reference"].str.len()).sort_values(["digits", "reference"])
    payouts = reading.table("operations/gateway_payouts")[["payout_reference", "arrival_date", "net_cents"]]
    lines = reading.table("ledger/bank_statement")[["date", "amount_cents", "description"]]
    lines = lines.drop_duplicates(["date", "amount_cents"], keep=False)
    lines = lines.rename(columns={"date": "arrival_date", "amount_cents": "net_cents"})
    texts = payouts.merge(lines, on=["arrival_date", "net_cents"]).drop_duplicates("payout_reference")
    text = look_up(theirs["payout_reference"], texts.set_index("payout_reference")["description"].str.casefold())
    text = text.groupby(theirs["digits"]).ffill().groupby(theirs["digits"]).bfill()
    found: pd.Series[str] = text.set_axis(theirs["reference"]).dropna()
    return found


@needs("cin7")
def purposes_share_an_account(reading: Reading) -> Finding | None:
    """`overbroad_account_mapping`: a purpose was put to the account of another one."""
    log = reading.table("cin7/settings_log")
    log = log[log["setting"] == _MAPPING].sort_values("recorded_at", kind="stable")
    gateways = _gateways(reading)
    now = _defaults(reading)
    purposes = now[~within(now["key"], gateways)]
    shared = purposes[purposes.duplicated("new_value", keep=False)]
    changes = log[log["old_value"].notna() & ~within(log["key"], gateways)]
    moved = shared[within(shared["key"], changes["key"])]
    if moved.empty:
        return _moved_elsewhere(reading, changes)
    # Since it was first put there: who has put it back and there again has done so more than once.
    same = look_up(changes["key"], moved.set_index("key")["new_value"]) == changes["new_value"]
    first = changes[same].drop_duplicates("key").set_index("key")
    moved = moved.assign(recorded_at=look_up(moved["key"], first["recorded_at"]))
    since, before = moved["recorded_at"].min(), first["old_value"]
    keys, amount = _of_purposes(reading, moved, before)
    told = [f"{row.key} goes to {row.new_value}" for row in moved.itertuples()]
    return Finding(
        cause="overbroad_account_mapping", layer="cin7", since=since, keys=keys, amount_cents=amount, probability=0.8,
        words=f"{'; '.join(told)}, which is also the account of another purpose, since {since:%d %B}",
    )  # fmt: skip


_LOSSES, _CHARGES = ("discrepancy", "write-off"), ("shipping",)


def _of_purposes(reading: Reading, moved: pd.DataFrame, before: pd.Series[str]) -> tuple[tuple[str, ...], int]:
    """Documents that post to a purpose that was moved, and what stands on the account that is not theirs, in cents."""
    import pandas as pd  # noqa: PLC0415

    lines = reading.lines
    parts, lost = [], []
    for row in moved.itertuples():
        name, since = str(row.key).casefold(), row.recorded_at
        mine = lines[(lines["account_code"] == row.new_value) & (lines["recorded_at"] >= since)]
        if any(word in name for word in _LOSSES):
            own = [reading.table(f"cin7/{table}")["document_key"]
                   for table in ("stock_adjustments", "stocktakes", "inventory_write_offs")]  # fmt: skip
            lost.append(mine[within(mine["document_key"], pd.concat(own))])
        elif any(word in name for word in _CHARGES):
            invoices = reading.table("cin7/sale_invoices").set_index("document_key")["shipping_cents"]
            mine = mine[~within(mine["document_key"], _posting_to(lines, before.get(row.key)))]
            charged = look_up(mine["document_key"], invoices)
            mine = mine.assign(amount_cents=charged)[charged > 0]
            parts.append(mine.drop_duplicates("document_key"))
        else:
            # What used to move the account that it was taken from, by kind of task.
            kinds = lines.loc[lines["account_code"] == before.get(row.key), "type"].unique()
            parts.append(mine[within(mine["type"], kinds)])
    touched = pd.concat([*lost, *parts]).sort_values(["recorded_at", "document_key"], kind="stable")
    # Two kinds of losses share a document, and cost of sales bears them; what else was moved is on other accounts.
    bearing = pd.concat(lost or parts).drop_duplicates(["document_key", "transaction_id"] if lost else None)
    return tuple(touched["document_key"].unique()), int(bearing["amount_cents"].abs().sum())


def _posting_to(lines: pd.DataFrame, account: str | None) -> pd.Series[str]:
    documents: pd.Series[str] = lines.loc[lines["account_code"] == account, "document_key"]
    return documents


def _moved_elsewhere(reading: Reading, changes: pd.DataFrame) -> Finding | None:
    """A purpose that was moved to an account which is nobody else's: what was there is left behind."""
    if changes.empty:
        return None
    first = changes.iloc[0]
    lines = reading.lines
    touched = lines[(lines["account_code"] == first["new_value"]) & (lines["recorded_at"] >= first["recorded_at"])]
    return Finding(
        cause="account_mapping_gap_default_account", layer="cin7", since=first["recorded_at"],
        keys=tuple(touched["document_key"].unique()), amount_cents=abs(int(touched["amount_cents"].sum())), probability=0.6,
        words=f"{first['key']} was mapped from {first['old_value']} to {first['new_value']}",
    )  # fmt: skip


@needs("cin7")
def products_lost_their_accounts(reading: Reading) -> Finding | None:
    """`account_mapping_gap_default_account`: products without the account that the others of their category have."""
    products = reading.table("cin7/products")
    products = products[products["type"] != "Service"]
    own = ("revenue_account", "cogs_account", "inventory_account")
    bare: list[pd.Series[str]] = []
    for column in own:
        has = products[column].notna() & products[column].ne("")
        kept = has.groupby(products["category"]).transform("any")
        bare.append(products.loc[kept & ~has, "sku"])
    import pandas as pd  # noqa: PLC0415

    skus = pd.concat(bare).drop_duplicates()
    log = reading.table("cin7/product_log").sort_values("at", kind="stable")
    log = log[within(log["sku"], skus)]
    lost = []
    for column in own:
        filled = log[column].fillna("")
        before = filled.groupby(log["sku"]).shift().fillna("")
        lost.append(log[(before != "") & (filled == "")])
    gone = pd.concat(lost).sort_values("at", kind="stable")
    if skus.empty or (gone.empty and log.empty):
        return None
    first = (gone if len(gone) else log).drop_duplicates("sku").set_index("sku")["at"]
    since = first.min()
    invoices = reading.table("cin7/sale_invoices").set_index("document_key")["authorised_at"]
    sold = reading.table("cin7/sale_invoice_lines")
    sold = sold[within(sold["sku"], first.index)]
    sold = sold.assign(at=look_up(sold["document_key"], invoices))
    sold = sold[sold["at"] >= look_up(sold["sku"], first)]
    left = reading.table("cin7/inventory_movements")
    left = left[(left["movement_type"] == "Sale") & within(left["sku"], first.index)]
    left = left[left["recorded_at"] >= look_up(left["sku"], first)]
    if sold.empty:
        return None
    papers = pd.concat([sold[["at", "document_key"]], left[["recorded_at", "document_key"]].set_axis(["at", "document_key"],
                                                                                                     axis=1)])  # fmt: skip
    papers = papers.sort_values(["at", "document_key"], kind="stable")
    return Finding(
        cause="account_mapping_gap_default_account", layer="cin7", since=since, keys=tuple(papers["document_key"].unique()),
        amount_cents=int(sold["total_cents"].sum()), probability=0.85,
        words=f"{len(first)} products have no account of their own any more while others of their category have",
    )  # fmt: skip


@needs("cin7")
def products_moved(reading: Reading) -> Finding | None:
    """`account_mapping_gap_default_account`: sales of a product go to the default account and used to go to another one."""
    invoices = reading.table("cin7/sale_invoices")[["document_key", "sale_key", "authorised_at"]]
    lines = reading.table("cin7/sale_invoice_lines").merge(invoices, on="document_key")
    products = reading.table("cin7/products").set_index("sku")["category"]
    channels = reading.table("cin7/sales").set_index("document_key")["source_channel"]
    # Sales may go to an account by product, by channel or by both.
    lines = lines.assign(category=look_up(lines["sku"], products) + "/" + look_up(lines["sale_key"], channels))
    lines = lines.dropna(subset=["account_code", "category"])
    if lines["account_code"].nunique() < 2:
        return None
    lines = lines.sort_values(["authorised_at", "document_key"], kind="stable")
    usual = lines.drop_duplicates("category").set_index("category")["account_code"]
    mapping = reading.table("cin7/account_mapping")
    default = mapping.loc[(mapping["purpose"] == "Revenue") & (mapping["level"] == "default"), "account_code"]
    # What a gap in the mapping leaves to the default account; any other account somebody has chosen.
    odd = lines[(lines["account_code"] != look_up(lines["category"], usual)) & within(lines["account_code"], default)]
    # A product that has had an account of its own since the beginning has it for good reasons.
    start = lines["authorised_at"].iloc[0] + _SETTLED * (reading.evening - lines["authorised_at"].iloc[0])
    lines = lines.assign(listing=lines["sku"] + "/" + lines["category"])
    sold = lines.groupby("listing").agg(first=("authorised_at", "min"), accounts=("account_code", "nunique"))
    listing = odd["sku"] + "/" + odd["category"]
    odd = odd[~((look_up(listing, sold["first"]) < start) & (look_up(listing, sold["accounts"]) == 1))]
    # Where the product itself names the account, somebody has decided.
    own = reading.table("cin7/products").set_index("sku")["revenue_account"]
    odd = odd[look_up(odd["sku"], own).fillna("") != odd["account_code"]]
    if odd["document_key"].nunique() < _HABIT:
        return None
    return Finding(
        cause="account_mapping_gap_default_account", layer="cin7", since=odd["authorised_at"].iloc[0],
        keys=tuple(odd["document_key"].unique()), amount_cents=int(odd["total_cents"].sum()), probability=0.7,
        words=f"sales of {odd['sku'].nunique()} products go to account {odd['account_code'].mode().iloc[0]} "
              "and not to that of their category any more",
    )  # fmt: skip


@needs("cin7", "integration")
def sent_only_monthly(reading: Reading) -> Finding | None:
    """`payout_consolidation_timing_mismatch`: a channel whose gateway pays out every few days is sent once a month."""
    log = reading.table("integration/settings_log")
    log = log[log["setting"].isin((_PAYMENTS, _INVOICES))].sort_values("recorded_at", kind="stable")
    now = log.drop_duplicates(["setting", "key"], keep="last")
    now = now[now["new_value"] == _MONTHLY]
    if now.empty:
        return None
    clearing = _defaults(reading)
    through = clearing.loc[within(clearing["key"], _gateways(reading)), "new_value"]
    sales = reading.table("cin7/sales")
    sales = sales[within(sales["source_channel"], now["key"])]
    invoices = reading.table("cin7/sale_invoices")
    invoices = invoices[within(invoices["sale_key"], sales["document_key"])]
    payments = reading.table("cin7/sale_payments")
    # What is captured with the order stands against the sale, and settles the invoice later.
    captured = payments[within(payments["paid_key"], sales["document_key"])]
    payments = payments[within(payments["paid_key"], invoices["document_key"])]
    if not within(payments["account_code"], through).any() and not within(captured["account_code"], through).any():
        return None
    since = now["recorded_at"].min()
    invoices, payments = invoices[invoices["authorised_at"] >= since], payments[payments["recorded_at"] >= since]
    return Finding(
        cause="payout_consolidation_timing_mismatch", layer="cin7", since=since, probability=0.85,
        keys=(*invoices.sort_values(["authorised_at", "document_key"])["document_key"],
              *payments.sort_values(["recorded_at", "document_key"])["document_key"]),
        words=f"{', '.join(sorted(now['key'].unique()))}: invoices and payments go to the ledger once a month, "
              "the gateway pays out all through it",
    )  # fmt: skip


RULES = (
    gateways_share_an_account, purposes_share_an_account, products_lost_their_accounts, products_moved, sent_only_monthly,
)  # fmt: skip
