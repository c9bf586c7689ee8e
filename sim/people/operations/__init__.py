"""People of the operational workflow: warehouse, receiving, counting, returns, buying, paying, invoicing."""
