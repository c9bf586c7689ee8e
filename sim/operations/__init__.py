"""Layer 1, what really happens: customers, goods, suppliers, carrier, gateway and bank, and their own papers.

Knows nothing of Cin7 or of the ledger. People and machines carry what happens here to the records.
"""
