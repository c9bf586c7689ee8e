"""Staff. Each person belongs to the layer they work in and carries news between what happens and the records."""
