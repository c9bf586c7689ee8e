"""Benchmarks: run detectors on cases, score their answers against the truth. The only room that reads both."""

from __future__ import annotations
