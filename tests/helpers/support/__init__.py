"""What tests share: small worlds, and readable re-computations that know nothing of the code they check."""
