"""Fidelity: measures worked out by hand, fair comparison, and what is refused. Real files are stood in for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from support import worlds

from benchmarks import fidelity
from benchmarks.fidelity import Measure, Trade
from sim.clock import Calendar
from sim.draws import Draws
from sim.operations.demand import Demand

FIRST, LAST = dt.date(2011, 1, 3), dt.date(2011, 1, 30)
NO_RETURNS = pd.DataFrame({
    "document": pd.Series(dtype=object), "at": pd.Series(dtype="datetime64[us]"), "customer": pd.Series(dtype="int64"),
    "sku": pd.Series(dtype=object), "units": pd.Series(dtype="int64"), "value_cents": pd.Series(dtype=float),
})  # fmt: skip


def lines(*rows: tuple[str, str, int, str, int, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["order", "placed_at", "customer", "sku", "units", "price_cents"])
    return frame.assign(placed_at=pd.to_datetime(frame.placed_at))


SMALL = lines(
    ("a", "2011-01-03 09:10", 1, "cup", 6, 100.0),
    ("a", "2011-01-03 09:10", 1, "cup", 6, 80.0),  # the same product twice in an order
    ("a", "2011-01-03 09:10", 1, "bag", 1, 500.0),
    ("b", "2011-01-04 12:00", 2, "cup", 2, 100.0),
    ("c", "2011-01-11 12:30", 1, "bag", 3, 500.0),
    ("d", "2011-01-14 15:00", -1, "fan", 1, 2_000.0),
)  # fmt: skip
BACK = pd.DataFrame({
    "document": ["x", "y"], "at": pd.to_datetime(["2011-01-13 12:30", "2011-01-05 12:00"]), "customer": [1, 9],
    "sku": ["bag", "cup"], "units": [2, 1], "value_cents": [1_000.0, 100.0],
})  # fmt: skip


def small(returns: pd.DataFrame = BACK) -> Trade:
    return fidelity.trade(SMALL, returns, FIRST, LAST)


def by_name(of: Trade) -> dict[str, list[float]]:
    return {measure.name: measure.values for measure in fidelity.measures(of)}


def test_lines_of_one_product_in_an_order_are_one() -> None:
    rows = small().lines.set_index(["order", "sku"])
    assert len(rows) == 5
    assert rows.loc[("a", "cup"), "units"] == 12
    assert rows.loc[("a", "cup"), "price_cents"] == pytest.approx(90.0)


def test_a_return_is_as_late_as_the_purchase_before_it() -> None:
    lag = small().returns.set_index("document").lag_days
    assert lag["x"] == pytest.approx(2.0), "the second bag, not the first"
    assert np.isnan(lag["y"]), "nobody bought it under this number"


def test_measures_of_a_small_business() -> None:
    measured = by_name(small())
    # Revenue: bag 4 x 5.00 = 20.00, fan 20.00, cup 12 x 0.90 + 2 = 12.80. Half of three products are the top two.
    assert measured["share of revenue, top 1/5/10/20/50 % of products"] == pytest.approx([20 / 52.8] * 4 + [40 / 52.8])
    assert measured["share of units, top 1/5/10/20/50 % of products"] == pytest.approx([14 / 19] * 4 + [18 / 19])
    assert measured["Gini of revenue by product"] == pytest.approx([(-2 * 12.8 + 2 * 20) / (3 * 52.8)])
    assert measured["lines an order, p10/25/50/75/90/99"][2] == 1.0
    assert measured["median prices a product"] == [1.0]
    # Orders: a 15.80, b 2, c 15, d 20; median 15.40.
    assert measured["value of an order over the median, p10/90/99"][1] == pytest.approx((15.8 + 0.7 * 4.2) / 15.4)
    assert measured["orders by weekday, Mon to Sun"] == [0.25, 0.5, 0, 0, 0.25, 0, 0]
    assert measured["orders by hour"] == [0] * 9 + [0.25, 0, 0, 0.5, 0, 0, 0.25] + [0] * 8
    assert measured["orders a day by month, Jan to Dec"] == [1.0] + [0.0] * 11
    assert measured["products sold in all months but one at most"] == [1.0]
    # Customer 1 ordered twice, 2 once, d is nobody's. One of four known lines is a product bought before.
    assert measured["customers who ordered once"] == [0.5]
    assert measured["lines that repeat the customer's own products"] == [0.25]
    assert measured["returns among all documents"] == [pytest.approx(2 / 6)]
    assert measured["returned share of value, lines"] == pytest.approx([1_100 / 5_280, 2 / 5])
    assert measured["days from purchase to return, p25/50/75/90"] == pytest.approx([2.0] * 4)


def test_gini_knows_its_ends() -> None:
    assert fidelity.gini(np.ones(10)) == pytest.approx(0.0)
    assert fidelity.gini(np.array([0.0] * 99 + [1.0])) == pytest.approx(0.99)


def test_the_rank_slope_of_zipf_is_its_exponent() -> None:
    assert fidelity.rank_slope(np.arange(1, 3_901) ** -0.74) == pytest.approx(-0.74)
    assert np.isnan(fidelity.rank_slope(np.array([3.0, 2.0])))


def test_rhythm_tells_four_kinds_of_demand_apart() -> None:
    days = pd.date_range(FIRST, LAST)
    rows: list[tuple[str, str, int, str, int, float]] = []
    for n, day in enumerate(days):
        for sku, wanted in (
            ("smooth", 5), ("erratic", 1 + 40 * (n % 4 == 0)), ("rare", 5 * (n % 7 == 0)), ("lumpy", (1 + n * n) * (n % 7 == 0))
        ):  # fmt: skip
            if wanted:
                rows.append((f"{sku}{n}", str(day), -1, sku, wanted, 100.0))
    trade = fidelity.trade(lines(*rows), NO_RETURNS, FIRST, LAST)
    adi, cv2 = fidelity.rhythms(trade)
    assert sorted(adi) == [1.0, 1.0, 7.0, 7.0]
    assert fidelity.rhythm_shares(adi, cv2) == [0.25, 0.25, 0.25, 0.25]


def test_days_without_orders_count_for_the_month_and_not_for_restlessness() -> None:
    counts = fidelity.day_counts(small())
    assert len(counts) == 28
    assert counts.sum() == 4
    steady = pd.Series(
        [0 if day.weekday() == 5 else 40 if day.weekday() == 6 else 100 for day in pd.date_range("2011-01-03", "2011-06-30")],
        pd.date_range("2011-01-03", "2011-06-30"),
    )  # fmt: skip
    assert fidelity.restlessness(steady)[0] == 0.0
    wild = (steady * np.exp(np.random.Generator(np.random.Philox(5)).normal(0, 0.3, len(steady)))).round()
    assert fidelity.restlessness(wild)[0] == pytest.approx(0.3, abs=0.06)


@pytest.mark.parametrize(
    ("kind", "one", "other", "apart"),
    [
        ("share", [0.2, 0.5], [0.25, 0.48], 0.05),
        ("mix", [0.5, 0.5, 0.0], [0.4, 0.4, 0.2], 0.2),
        ("number", [-0.7, 0.3], [-0.9, 0.3], 0.1),
        ("ratio", [2.0, 8.0], [4.0, 8.0], np.log(2) / 2),
        ("ratio", [0.0], [5.0], 3.0),
    ],
)
def test_distances(kind: str, one: list[float], other: list[float], apart: float) -> None:
    a, b = Measure("a", one, kind), Measure("a", other, kind)
    assert fidelity.distance(a, b) == pytest.approx(apart)
    assert fidelity.distance(b, a) == pytest.approx(apart)
    assert fidelity.distance(a, a) == 0.0


def test_an_unknown_measure_is_neither_within_nor_beyond() -> None:
    known, unknown = Measure("a", [1.0], "ratio"), Measure("a", [float("nan")], "ratio")
    row = fidelity.Row(known, unknown, fidelity.distance(known, unknown), 0.1)
    assert row.verdict == "unknown"
    assert np.isnan(fidelity.overall([row])[0])
    assert "unknown" in fidelity.table([row])
    rows = [row, *(fidelity.Row(known, known, *apart) for apart in ((0.0, 0.1), (0.2, 0.1), (9.0, np.nan)))]
    assert [row.verdict for row in rows[1:]] == ["within", "beyond", "no yardstick"]
    assert fidelity.overall(rows) == pytest.approx((0.1, 0.1))
    assert "1 of 2 measures" in fidelity.table(rows)


# --- adapters -----------------------------------------------------------------------------------------------


def demand(seed: int = 1, orders: int = 3_000, months: int = 4) -> tuple[Demand, list[int], Calendar]:
    profile = worlds.profile()
    calendar = Calendar(dt.date(2010, 12, 1), months, profile.holidays)
    prices = [1_000 + 10 * n for n in range(120)]
    return Demand("Shop", profile.channels[0].demand, orders, prices, calendar, Draws(seed)), prices, calendar


def of_demand(seed: int = 1, orders: int = 3_000) -> Trade:
    made, prices, calendar = demand(seed, orders)
    return fidelity.of_demand(made, prices, calendar.first, calendar.days, 0.15)


def test_demand_is_read_as_it_was_drawn() -> None:
    made, prices, _ = demand()
    trade = of_demand()
    assert trade.lines["order"].nunique() == len(made.minute)
    assert trade.lines.units.sum() == sum(made.line_units)
    order = next(n for n, promoted in enumerate(made.promoted) if not promoted)
    row = trade.lines[trade.lines["order"] == order].iloc[0]
    assert row.placed_at == pd.Timestamp(2010, 12, 1) + pd.Timedelta(minutes=made.minute[order])
    assert row.price_cents == pytest.approx(prices[row.sku])
    assert row.customer == made.customer[order]
    assert len(trade.returns) > 20
    assert trade.returns.lag_days.notna().all()
    assert trade.returns["at"].max() < pd.Timestamp(2011, 4, 1)


def test_a_case_is_read_from_its_exported_tables() -> None:
    tables = worlds.frames(worlds.world())
    orders, returned = tables["operations/channel_orders"], tables["operations/returns_received"]
    trade = fidelity.of_tables(orders, returned)
    assert trade.lines["order"].nunique() == orders.order_reference.nunique()
    assert trade.lines.units.sum() == orders.quantity.sum()
    value = (trade.lines.units * trade.lines.price_cents).sum()
    assert value == pytest.approx((orders.quantity * orders.price_cents - orders.discount_cents).sum())
    assert len(returned) > 3
    assert trade.returns.lag_days.between(1, 120).all()
    assert (trade.lines.customer >= 0).all()
    assert 0.0 < by_name(trade)["customers who ordered once"][0] < 1.0
    unknown = fidelity.of_tables(orders.assign(customer=None), returned)
    assert np.isnan(by_name(unknown)["customers who ordered once"][0]), "no order names its customer"
    named = fidelity.of_tables(orders.assign(customer="somebody"), returned)
    assert by_name(named)["customers who ordered once"] == [0.0]
    first = orders.order_reference.min()
    assert fidelity.of_tables(orders, returned, first).lines["order"].nunique() == (
        orders.order_reference[orders.order_reference.str.startswith(first)].nunique()
    )
    with pytest.raises(fidelity.DataError, match="no orders whose reference begins with 'EDI-'"):
        fidelity.of_tables(orders, returned, "EDI-")
    with pytest.raises(fidelity.DataError, match="no orders"):
        fidelity.of_tables(orders.head(0), returned)


def test_thinning_keeps_whole_orders() -> None:
    whole = of_demand()
    half = whole.thinned(0.5)
    sizes, kept = (trade.lines.groupby("order").size() for trade in (whole, half))
    assert len(kept) == pytest.approx(len(sizes) / 2, rel=0.1)
    assert (kept == sizes.reindex(kept.index)).all()
    assert len(half.returns) < len(whole.returns)
    pd.testing.assert_frame_equal(half.lines, whole.thinned(0.5).lines)


def test_businesses_of_one_kind_are_near_whatever_their_size() -> None:
    rows = fidelity.compare(of_demand(1, 3_000), of_demand(2, 9_000))
    near = {row.real.name: row.distance for row in rows}
    assert near["median days a day with demand (ADI)"] < 0.15, "without thinning it would be about 1"
    assert near["lines an order, p10/25/50/75/90/99"] < 0.1
    assert near["orders by weekday, Mon to Sun"] < 0.08
    assert near["customers who ordered once"] < 0.05, "customers are not thinned with their orders"


# --- the real file, stood in for ----------------------------------------------------------------------------


def stand_in(orders: int = 2_500) -> pd.DataFrame:
    """A file with the columns of UCI Online Retail: simulated orders, with what has to be cleaned away."""
    trade = of_demand(3, orders)
    frame = pd.DataFrame({
        "InvoiceNo": (500_000 + trade.lines["order"]).astype(str), "StockCode": (20_000 + trade.lines.sku).astype(str),
        "Description": "A THING", "Quantity": trade.lines.units.astype(float), "InvoiceDate": trade.lines.placed_at,
        "UnitPrice": trade.lines.price_cents / 100, "CustomerID": trade.lines.customer.astype(float), "Country": "France",
    })  # fmt: skip
    frame.loc[::5, "CustomerID"] = np.nan
    odd = frame.head(6).copy()
    odd["InvoiceNo"] = ["599991", "599992", "A599993", "C599994", "C599995", "599996"]
    odd["StockCode"] = ["POST", "20001", "20001", odd.StockCode.iloc[3], "M", "20001"]
    odd["Quantity"] = [1.0, -7.0, 1.0, -1.0, -1.0, 1.0]
    odd["UnitPrice"] = [18.0, 0.0, 11_062.06, 5.0, 5.0, 0.0]
    return pd.concat([frame, odd], ignore_index=True)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "retail.parquet"
    stand_in().to_parquet(path)
    return path


def test_the_real_file_is_cleaned(data: Path) -> None:
    read, meant = fidelity.read_real(data), of_demand(3, 2_500)
    assert read.lines["order"].nunique() == meant.lines["order"].nunique()
    assert read.lines.units.sum() == meant.lines.units.sum()
    assert read.returns.document.tolist() == ["C599994"]
    assert read.returns.units.tolist() == [1]
    assert (read.lines.customer == -1).mean() == pytest.approx(0.2, abs=0.05)
    assert (read.first, read.last) == (meant.lines.placed_at.min().date(), meant.lines.placed_at.max().date())


def call(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(fidelity.main, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


SAMPLE = """
orders_a_year = 900
categories = [
  { name = "Gifts", code = "GFT", products = 150, price_from_cents = 200, price_to_cents = 2_000, cost_share = 0.4 },
]

[demand]
weekday = { values = [3, 3, 3, 4, 3, 0, 2], source = "a test" }
month = { values = [2, 2, 3, 3, 3, 3, 3, 3, 3, 4, 5, 4], source = "a test" }
hour = { values = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 4, 3, 3, 3, 2, 1, 0, 0, 0, 0, 0, 0], source = "a test" }
closed_days = ["12-24/12-31"]
day_spread = { value = 0.2, source = "a test" }
day_persistence = { value = 0.4, source = "a test" }
lines = { at = [0.0, 0.1, 0.5, 0.9, 1.0], values = [0, 1, 4, 12, 40], source = "a test" }
units = { sizes = [1, 2, 6, 12], weights = [4, 3, 2, 1], by_order = 0.6, by_basket = 0.5, by_price = 0.3, source = "a test" }
popularity = { top = [0.1, 0.5], share = [0.4, 0.9], source = "a test" }
launched = { value = 0.2, source = "a test" }
discontinued = { value = 0.1, source = "a test" }
customers_an_order = { value = 0.2, source = "a test" }
customer_shares = { top = [0.1, 0.5], share = [0.4, 0.8], source = "a test" }
reordered = { value = 0.3, source = "a test" }
yearly_growth = { value = 0.0, source = "a test" }
cancelled = { value = 0.01, source = "a test" }
cancel_minutes = { value = 600, source = "a test" }
returned = { value = 0.1, source = "a test" }
returned_whole = { value = 0.5, source = "a test" }
return_days = { value = 9.0, source = "a test" }
return_days_spread = { value = 1.2, source = "a test" }
damaged_return = { value = 0.1, source = "a test" }
promotion_days = []
promotion_discount = { value = 0.0, source = "a test" }
promotion_lift = { value = 1.0, source = "a test" }
tiers = [{ units_from = 6, discount = 0.1, source = "a test" }]
"""


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "draft.toml"
    path.write_text(SAMPLE)
    return path


def test_the_program_prints_both_side_by_side(data: Path, draft: Path) -> None:
    code, out, _ = call("--data", str(data), "--demand", str(draft))
    assert code == 0
    head, *rows = out.splitlines()
    assert head.split() == ["measure", "real", "simulated", "distance", "halves"]
    assert sum(row.rstrip().endswith(("within", "beyond")) for row in rows) >= 20
    assert "Overall distance" in out
    assert call("--data", str(data), "--demand", str(draft)) == (0, out, "")
    assert call("--data", str(data), "--demand", str(draft), "--seed", "2")[1] != out


@pytest.mark.slow
def test_the_program_takes_profiles_and_cases(data: Path, tmp_path: Path) -> None:
    from sim.export import write_case

    code, out, _ = call("--data", str(data), "--profile", "d2c_apparel", "--orders", "700")
    assert code == 0
    assert "unknown" not in out, "the web shop names its customers"
    write_case(worlds.world(seed=2, months=3, orders=1_500), tmp_path / "case")
    code, out, _ = call("--data", str(data), "--case", str(tmp_path / "case"))
    assert code == 0
    assert "Overall distance" in out


def damaged(path: Path, change: dict[str, Any] | None) -> Path:
    frame = stand_in(500)
    for column, value in (change or {}).items():
        if value is None:
            frame = frame.drop(columns=column)
        else:
            frame[column] = value
    frame.to_parquet(path)
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Quantity": None}, "cannot be read as Parquet with InvoiceNo"),
        ({"Quantity": "many"}, "a column holds what it should not"),
        ({"Quantity": float("inf")}, "a column holds what it should not"),
        ({"Quantity": float("nan")}, "Quantity has empty cells"),
        ({"InvoiceDate": "soon"}, "a column holds what it should not"),
        ({"InvoiceDate": pd.NaT}, "InvoiceDate has empty cells"),
        ({"UnitPrice": "dear"}, "a column holds what it should not"),
        ({"UnitPrice": float("inf")}, "a price is not finite"),
        ({"CustomerID": "me"}, "a column holds what it should not"),
        ({"StockCode": "POST"}, "no product lines in it"),
        ({"InvoiceDate": pd.Timestamp(2011, 3, 1)}, "at least 100 in each half of 60 days are needed"),
    ],
)  # fmt: skip
def test_damaged_data_is_refused_in_one_line(tmp_path: Path, draft: Path, change: dict[str, Any], said: str) -> None:
    code, out, err = call("--data", str(damaged(tmp_path / "retail.parquet", change)), "--demand", str(draft))
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_missing_and_foreign_files_are_refused_in_one_line(tmp_path: Path, draft: Path) -> None:
    text, cut = tmp_path / "text.parquet", tmp_path / "cut.parquet"
    text.write_text("no Parquet at all")
    cut.write_bytes(damaged(tmp_path / "whole.parquet", None).read_bytes()[:2_000])
    whole = str(tmp_path / "whole.parquet")
    for words, said in (
        (("--data", str(tmp_path / "none.parquet"), "--demand", str(draft)), "no such file"),
        (("--data", str(text), "--demand", str(draft)), "cannot be read as Parquet"),
        (("--data", str(cut), "--demand", str(draft)), "cannot be read as Parquet"),
        (("--data", str(tmp_path), "--demand", str(draft)), "cannot be read as Parquet"),
        (("--data", whole, "--demand", str(tmp_path / "none.toml")), "no demand section to use"),
        (("--data", whole, "--demand", str(worlds.PROFILES / "d2c_apparel.toml")), "no demand section to use"),
        (("--data", whole, "--case", str(tmp_path)), "manifest"),
        (("--data", whole, "--profile", "retail_giant"), "no such profile"),
    ):
        code, out, err = call(*words)
        assert (code, out) == (2, ""), words
        assert said in err, words
        assert err.count("\n") == 1, words
    assert call("--data", whole, "--case", "a", "--demand", "b")[0] == 2
    assert call()[0] == 2
