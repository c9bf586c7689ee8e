"""Staff in profiles and scenarios: a mistake is one line with file, key path and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.loader import ROOT, ScenarioError, load_profile, load_scenario

SCENARIO = """
name = "mine"
title = "Mine"
story = "Mine."
profile = "{profile}"
start = 2025-03-01
months = 3
"""


def scenario_complaint(folder: Path, more: str, profile: str = "d2c_apparel") -> str:
    path = folder / "mine.toml"
    path.write_text(SCENARIO.format(profile=profile) + more, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[[staff]]\nrole = "accountant"\ndiscipline = 1.2\n', "staff[0].discipline"),
        ('[[staff]]\nrole = "accountant"\nthreshold = 0.0\n', "staff[0].threshold"),
        ('[[staff]]\nrole = "accountant"\nthreshold = 1.0\n', "staff[0].threshold"),
        ('[[staff]]\nrole = "astrologer"\n', "staff[0].role"),
        ('[[staff]]\nrole = "accountant"\nhabits = ["prayer"]\n', "staff[0].habits[0]"),
        ('reactions = false\n[[staff]]\nrole = "owner"\n', "reactions: false means that staff do not react"),
        ('[[staff]]\nrole = "owner"\n[[staff]]\nrole = "owner"\n', "staff[1]: role 'owner' is there 2 times"),
        ("closes_on = [2025-04-05]\n", "closes_on[0]: 2025-04-05 is no working day; the next one is 2025-04-07"),
        ("closes_on = [2025-03-05]\n", "closes_on[0]: 2025-03-05 is not in the month after 2025-03-31"),
        ("closes_on = [2025-04-04, 2025-05-05, 2025-06-04]\n", "closes_on[2]: 2025-06-04 is one too many"),
    ],
)  # fmt: skip
def test_a_mistake_about_staff_in_a_scenario(tmp_path: Path, more: str, said: str) -> None:
    assert said in scenario_complaint(tmp_path, more)


def test_a_role_that_the_profile_does_not_have_is_refused(tmp_path: Path) -> None:
    said = scenario_complaint(tmp_path, '[[staff]]\nrole = "picker"\n', "dropship_catalogue")
    assert said.startswith("staff[0].role: dropship_catalogue has no picker; it has ")


@pytest.mark.parametrize(
    ("of", "old", "new", "said"),
    [
        ("d2c_apparel", "discipline = 0.7", "discipline = -0.1", "people.staff[8].discipline"),
        ("d2c_apparel", "threshold = 0.55", "threshold = 1.5", "people.staff[8].threshold"),
        ("d2c_apparel", 'looks = "weekly", on = "thu"', 'looks = "weekly", on = "sat"', "people.staff[2].on"),
        ("d2c_apparel", "chase_workdays = 3", "chase_workdays = 30", "people.chase_workdays"),
        ("d2c_apparel", 'role = "receiver"', 'role = "picker"', "people.staff[1]: role 'picker' is there 2 times"),
        ("dropship_catalogue", 'role = "integration_owner"', 'role = "picker"',
         "people.staff[3].role: dropship_catalogue has no picker"),
        ("dropship_catalogue", 'role = "integration_owner"', 'role = "buyer"',
         "people.staff[3].role: dropship_catalogue has no buyer"),
    ],
)  # fmt: skip
def test_a_mistake_about_staff_in_a_profile(tmp_path: Path, of: str, old: str, new: str, said: str) -> None:
    text = (ROOT / "profiles" / f"{of}.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_profile(path)
    assert said in str(caught.value)
