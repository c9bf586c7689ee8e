"""How fast the simulation is, as a multiple of what SimPy itself costs. Measured, printed, asserted nowhere."""
