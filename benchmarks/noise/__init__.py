"""How often everyday noise occurs in healthy businesses, counted from their evidence alone."""
