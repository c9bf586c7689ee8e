"""A detector of somebody else's: it looks for invoices whose shipment stayed open, and says how sure it is."""

from __future__ import annotations

from collections.abc import Sequence

from tieout import Diagnosis, Evidence, Example, Hypothesis


class MarginWatch:
    """Names shipments that are still open five days after their invoice."""

    name = "margin_watch"
    reads = ("cin7",)
    days_open = 5

    def fit(self, cases: Sequence[Example]) -> None:
        """Nothing to learn: the rule is fixed."""

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """One hypothesis, or none."""
        import pandas as pd

        shipments = evidence.table("cin7/shipments")
        invoices = evidence.table("cin7/sale_invoices").dropna(subset=["authorised_at"])
        first = invoices.sort_values("authorised_at").drop_duplicates("sale_key")[["sale_key", "authorised_at"]]
        waiting = shipments[shipments["status"] == "DRAFT"].merge(first, on="sale_key")
        limit = pd.Timestamp(evidence.as_of) - pd.Timedelta(days=self.days_open)
        overdue = waiting[waiting["authorised_at"] < limit].sort_values("authorised_at")
        hypotheses: tuple[Hypothesis, ...] = ()
        if len(overdue) >= 3:
            hypotheses = (
                Hypothesis(
                    cause="invoice_authorised_shipment_incomplete", layer="operations", probability=0.8,
                    onset=overdue["authorised_at"].iloc[0].date(), evidence=tuple(overdue["document_key"]),
                    note=f"{len(overdue)} invoiced sales have not shipped for more than {self.days_open} days",
                ),
            )  # fmt: skip
        return Diagnosis(detector=self.name, as_of=evidence.as_of, layers=self.reads, hypotheses=hypotheses)
