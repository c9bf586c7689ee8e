"""Scenario and profile files, and the strict way in: files in, configuration out. Runs nothing."""
