from __future__ import annotations

import pytest
from click.testing import CliRunner

from benchmarks.speed import whole
from benchmarks.speed.__main__ import main
from benchmarks.speed.whole import Peak


def test_memory_an_order_is_what_each_order_more_takes() -> None:
    assert whole.bytes_an_order(Peak(100, 1_000, 5_000), Peak(300, 1_000, 9_000)) == 20.0
    with pytest.raises(ValueError, match="100 orders"):
        whole.bytes_an_order(Peak(100, 0, 0), Peak(100, 0, 1))


@pytest.mark.slow
def test_another_business_can_be_measured() -> None:
    said = CliRunner().invoke(main, ["--profile", "amazon_first", "--size", "small", "--repetitions", "1"])
    assert said.exit_code == 0, said.output
    figures = dict(line.rsplit("  ", 1) for line in said.output.splitlines())
    names = [name.strip() for name in figures]
    assert names[:2] == ["orders", "orders open at a time"]
    assert "peak memory" in names
    assert names[-1] == "ratio"
    assert float(said.output.split()[-1]) > 0


@pytest.mark.parametrize("arguments", [["--profile", "no_such_shop"], ["--size", "huge"]])
def test_an_unknown_business_is_refused_in_one_line(arguments: list[str]) -> None:
    said = CliRunner().invoke(main, arguments)
    assert said.exit_code == 2
    assert "Error: " in said.output
    assert "Traceback" not in said.output
