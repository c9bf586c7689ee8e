"""Layer 2, what Cin7 Core records: settings, documents and their statuses, the stock card, its own books.

Knows neither what physically happens nor the general ledger: people and machines tell it, and the integration
fetches what it has authorised.
"""
