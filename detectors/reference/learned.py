"""What a machine learns from answered cases: extremely randomised trees on shares and rates of the evidence.

Source of the method: Geurts, Ernst and Wehenkel, "Extremely randomized trees" (2006); probabilities are calibrated by one
temperature on held-out folds (Guo et al., "On calibration of modern neural networks", 2017). Fitted on the training cases it is
given and on nothing else; needs the extra `learned`. It names a cause with a probability; it knows no documents and no date.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.schema import LAYERS

from ..contract import Diagnosis, Example, Hypothesis, answer
from ..evidence import Evidence
from ..features import features
from ..reading import Reading

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_TREES, _FOLDS, _SEED = 300, 3, 0
"""Assumptions; with the seed fixed, the same cases make the same trees."""
_TEMPERATURES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0)
_NAMED = 5
"""Hypotheses given at most."""
_HEALTHY = ""


class Learned:
    """Names the causes that its trees find likeliest; nothing before it was fitted, or when healthy is likeliest."""

    name = "learned"
    reads: tuple[str, ...] = LAYERS

    def __init__(self) -> None:
        self.model_: Any = None
        self.temperature_ = 1.0
        self.layers_: dict[str, str] = {}
        """Layer of origin by cause, as in the training cases."""

    def fit(self, cases: Sequence[Example]) -> None:
        """Learn from answered cases; a case of several causes counts as one of each, in parts."""
        self.model_, self.temperature_, self.layers_ = None, 1.0, {}
        rows, labels, weights = [], [], []
        for case in cases:
            named = {str(cause["name"]): str(cause["layer"]) for cause in case.answer["causes"]}
            self.layers_.update(named)
            row = list(features(Reading(case.evidence)).values())
            for label in named or {_HEALTHY: ""}:
                rows.append(row)
                labels.append(label)
                weights.append(1.0 / max(1, len(named)))
        if len(set(labels)) > 1:
            self._learn(rows, labels, weights)

    def _learn(self, rows: list[list[float]], labels: list[str], weights: list[float]) -> None:
        import numpy as np  # noqa: PLC0415  (heavy; only when used)

        table, known = np.array(rows), np.array(labels)
        self.model_ = _trees().fit(table, known, extratreesclassifier__sample_weight=np.array(weights))
        folds = np.arange(len(known)) % _FOLDS
        held: list[npt.NDArray[np.float64]] = []
        for fold in range(_FOLDS):
            inside, outside = folds != fold, folds == fold
            if len(set(known[inside])) < 2 or not outside.any():
                return
            trees = _trees().fit(table[inside], known[inside])
            place = {label: n for n, label in enumerate(trees.classes_)}
            seen = np.array([label in place for label in known[outside]])
            spread = trees.predict_proba(table[outside])[seen]
            truth = np.array([place[label] for label in known[outside][seen]], dtype=int)
            held += [np.array([-_log_score(spread, truth, each) for each in _TEMPERATURES])] if len(truth) else []
        if held:
            self.temperature_ = _TEMPERATURES[int(np.sum(held, axis=0).argmin())]

    def probabilities(self, evidence: Evidence) -> dict[str, float]:
        """How likely each cause is, healthy under the empty name; nothing before it was fitted."""
        import numpy as np  # noqa: PLC0415

        if self.model_ is None:
            return {}
        row = np.array([list(features(Reading(evidence)).values())])
        spread = _tempered(self.model_.predict_proba(row), self.temperature_)[0]
        return {str(label): float(share) for label, share in zip(self.model_.classes_, spread, strict=True)}

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """The likeliest causes, or nothing when healthy is likelier than the likeliest of them."""
        likely = self.probabilities(evidence)
        if not likely:
            return answer(self, evidence, remarks=["it has not learnt anything yet"])
        healthy = likely.pop(_HEALTHY, 0.0)
        ranked = sorted(likely.items(), key=lambda each: (-each[1], each[0]))[:_NAMED]
        if not ranked or healthy >= ranked[0][1]:
            return answer(self, evidence, healthy=healthy)
        told = [
            Hypothesis(cause=cause, layer=self.layers_[cause], probability=share, note="as in training cases with such figures")
            for cause, share in ranked if share > 0
        ]  # fmt: skip
        return answer(self, evidence, told, healthy=healthy)


def _trees() -> Any:
    try:
        from sklearn.ensemble import ExtraTreesClassifier  # noqa: PLC0415
        from sklearn.impute import SimpleImputer  # noqa: PLC0415
        from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    except ImportError as error:
        raise ModuleNotFoundError("the learned detector needs an extra: pip install 'tieout[learned]'") from error
    trees = ExtraTreesClassifier(n_estimators=_TREES, min_samples_leaf=2, class_weight="balanced_subsample",
                                 bootstrap=True, random_state=_SEED, n_jobs=1)  # fmt: skip
    # A figure that no layer shows is told apart from every value.
    return make_pipeline(SimpleImputer(strategy="constant", fill_value=-1.0, keep_empty_features=True), trees)


def _tempered(spread: npt.NDArray[np.float64], temperature: float) -> npt.NDArray[np.float64]:
    import numpy as np  # noqa: PLC0415

    sharp = np.clip(spread, 1e-6, 1.0) ** (1.0 / temperature)
    scaled: npt.NDArray[np.float64] = sharp / sharp.sum(axis=1, keepdims=True)
    return scaled


def _log_score(spread: npt.NDArray[np.float64], truth: npt.NDArray[Any], temperature: float) -> float:
    import numpy as np  # noqa: PLC0415

    return float(np.log(_tempered(spread, temperature)[np.arange(len(truth)), truth]).sum())
