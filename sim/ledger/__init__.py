"""Layer 4, the general ledger: accounts, journals, periods and lock dates, the bank statement.

Knows neither the physical world nor Cin7: it has what the integration and its own users entered.
"""
