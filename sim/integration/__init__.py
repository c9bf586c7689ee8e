"""Layer 3, the machines between the systems: channel and gateway to Cin7, Cin7 to the ledger, bank to the ledger.

They carry what they are given, within limits, and stage what they cannot deliver.
"""
