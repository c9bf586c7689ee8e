"""Truth: true books kept from physical events, marks of what was injected, and the difference to the twin."""
