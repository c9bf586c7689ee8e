"""The simulated world: physical truth, the Cin7 record and the general ledger, and what carries news between them."""
