"""A detector as a program of its own, in Python: sales invoiced a week ago or more whose shipment is still a draft.

Run it with `tieout diagnose CASE --detector "exec:python docs/detectors/unshipped.py"`. It needs pandas and pyarrow.
"""

import json
import sys
from pathlib import Path

import pandas as pd

WEEK = pd.Timedelta(days=7)
HABIT = 3  # fewer are an oversight


def main(folder: Path) -> dict:
    """What is wrong with the business whose evidence is in `folder`."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if not (folder / "cin7").is_dir():
        return {"hypotheses": []}  # tieout itself remarks that the layer is not visible
    shipments = pd.read_parquet(folder / "cin7" / "shipments.parquet")
    invoices = pd.read_parquet(folder / "cin7" / "sale_invoices.parquet")
    invoices = invoices[invoices["status"] != "VOIDED"]
    both = shipments[shipments["status"] == "DRAFT"].merge(invoices, on="sale_key", suffixes=("", "_invoice"))
    overdue = both[both["authorised_at"] < pd.Timestamp(manifest["calendar"]["end"]) - WEEK]
    if len(overdue) < HABIT:
        return {"hypotheses": []}
    hypothesis = {
        "cause": "invoice_authorised_shipment_incomplete",
        "layer": "operations",
        "onset": overdue["authorised_at"].min().date().isoformat(),
        "evidence": sorted(overdue["document_key"]),
        "probability": 0.7,
        "note": f"{len(overdue)} invoiced sales still have a shipment in draft",
    }
    return {"hypotheses": [hypothesis]}


json.dump(main(Path(sys.argv[1])), sys.stdout)
