"""A fault needs one file and no other change, wherever it lives: here, in a package that somebody else has installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FAULT = '''
"""A fault of somebody else's."""

from __future__ import annotations

from sim.faults.contract import Parameter, Scope


class ReceiptLeftInTheVan:
    """Papers of a delivery stay in the van.

    Cause: The driver keeps the delivery note, and nobody asks for it.
    Operations: The goods are on the shelf.
    Cin7: The purchase stays open.
    Integration: Nothing.
    Ledger: Inventory and accrual are too low.
    Mistaken for: A late supplier.
    Hidden by: A count.
    Fixed by: Book the delivery in.
    Source: A test.
    """

    layer = "operations"
    headline = "inventory"
    looks_like = ""
    stages = (1, 2, 4)
    may_reach = (6,)
    parameters = {"part": Parameter(0.3, 0.0, 1.0, "part of the deliveries", 0.1, 0.6)}
    inert = {"part": 0.0}
    needs = ("stock first",)
    confined_by = ()
    must_break = ("delivered_is_received",)
    may_break = ("rests_are_closed", "papers_are_entered")

    def install(self, world, values, scope):
        books_in, draw = world.work.receipt_entry_delay, world.draws.stream("event/papers in the van")

        def left_in_the_van(receipt, day):
            if not (draw.happens(values["part"], receipt) and scope.acts(day)):
                return books_in(receipt, day)
            world.marks.note("receipt_left_in_the_van", receipt, world.clock.now)
            return None

        world.work.receipt_entry_delay = left_in_the_van
'''
DECOY = '''
"""A decoy of somebody else's."""

from __future__ import annotations

from sim.decoys.dock_to_stock_delay import DockToStockDelay


class VanBackTomorrow(DockToStockDelay):
    __doc__ = DockToStockDelay.__doc__
    looks_like = "receipt_left_in_the_van"
'''


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with an installed distribution that offers one fault and one decoy."""
    for package, module, text in (
        ("van_faults", "receipt_left_in_the_van", FAULT), ("van_decoys", "van_back_tomorrow", DECOY),
    ):  # fmt: skip
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("", encoding="utf-8")
        (tmp_path / package / f"{module}.py").write_text(text, encoding="utf-8")
    about = tmp_path / "van-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: van\nVersion: 1.0\n", encoding="utf-8")
    points = "[tieout.faults]\nvan = van_faults\n\n[tieout.decoys]\nvan = van_decoys\n"
    (about / "entry_points.txt").write_text(points, encoding="utf-8")
    return tmp_path


def said(folder: Path, root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What a fresh interpreter says that finds the distribution in `folder`."""
    path = os.pathsep.join((str(root), str(root / "tests" / "helpers"), str(folder)))
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=folder,
                          env=os.environ | {"PYTHONPATH": path})  # fmt: skip


def test_a_fault_of_another_package_is_found_and_keeps_its_promises(installed: Path, root: Path) -> None:
    script = (
        "from support import worlds\n"
        "from sim import conformance, decoys, faults\n"
        "assert 'receipt_left_in_the_van' in faults.discover() and 'van_back_tomorrow' in decoys.discover()\n"
        "business = conformance.Business(worlds.case(2, 5, 1_500))\n"
        "promises = tuple(name for name in conformance.PROMISES if name != 'check_composes')\n"
        "for breach in conformance.check_event('receipt_left_in_the_van', business, promises): print(breach)\n"
    )
    done = said(installed, root, "-c", script)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_the_commands_know_it(installed: Path, root: Path) -> None:
    done = said(installed, root, "-m", "tieout", "faults", "receipt_left_in_the_van")
    assert done.returncode == 0, done.stderr
    assert "The driver keeps the delivery note" in done.stdout
    assert "in a small business (d2c_apparel)" in done.stdout


def test_a_name_that_is_taken_is_refused(installed: Path, root: Path) -> None:
    fault = installed / "van_faults" / "receipt_left_in_the_van.py"
    taken = fault.read_text(encoding="utf-8").replace("ReceiptLeftInTheVan", "ReceiptNotAuthorised")
    (installed / "van_faults" / "receipt_not_authorised.py").write_text(taken, encoding="utf-8")
    done = said(installed, root, "-c", "from sim import faults; faults.discover()")
    assert "van_faults, offered under tieout.faults: there is a receipt_not_authorised already" in done.stderr


def test_a_package_that_cannot_be_imported_is_named(installed: Path, root: Path) -> None:
    (installed / "van_faults" / "__init__.py").write_text("import nothing_of_that_name", encoding="utf-8")
    done = said(installed, root, "-c", "from sim import faults; faults.discover()")
    assert "van_faults, offered under tieout.faults, cannot be imported" in done.stderr
