"""What a machine learns from answered cases: extremely randomised trees on shares and rates of the evidence.

Source of the method: Geurts, Ernst and Wehenkel, "Extremely randomized trees" (2006). Rare causes weigh as much as common
ones while the trees grow; a temperature chosen on held-out folds makes their votes likelihoods (Guo et al., "On calibration of
modern neural networks", 2017), and how common each cause was makes those probabilities (Saerens, Latinne and Decaestecker,
"Adjusting the outputs of a classifier to new a priori probabilities", 2002). Fitted on the training cases it is given and on
nothing else, once for each view; needs the extra `learned`. It names a cause with a probability; it knows no documents and no
date.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.schema import LAYERS

from ..contract import Diagnosis, Example, Hypothesis, answer
from ..evidence import Evidence
from ..features import features, hidden
from ..reading import Reading

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Shares = npt.NDArray[np.float64]

_TREES, _TREES_LEFT_OUT, _FOLDS, _SEED = 120, 60, 3, 0
"""Assumptions; with the seed fixed, the same cases make the same trees."""
_TEMPERATURES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0)
_NAMED = 5
"""Hypotheses given at most."""
_HEALTHY, _EVEN = "", 0.5
_VIEWS = tuple(dict.fromkeys([*(LAYERS[first:] for first in range(len(LAYERS))), *((layer,) for layer in LAYERS)]))
"""Layers learnt of together: the ledger and one layer nearer the origin at a time, and each alone."""


class Learned:
    """Names the causes that its trees find likeliest; nothing before it was fitted, or where healthy is likelier than not."""

    name = "learned"
    reads: tuple[str, ...] = LAYERS

    def __init__(self) -> None:
        self.views_: dict[tuple[str, ...], _View] = {}
        """What was learnt, by the layers visible."""
        self.layers_: dict[str, str] = {}
        """Layer of origin by cause, as in the training cases."""

    def fit(self, cases: Sequence[Example]) -> None:
        """Learn from answered cases; a case of several causes counts as one of each, in parts."""
        self.views_, self.layers_ = {}, {}
        figures = []
        truths: list[tuple[str, ...]] = []
        for case in cases:
            named = {str(cause["name"]): str(cause["layer"]) for cause in case.answer["causes"]}
            self.layers_.update(named)
            figures.append(features(Reading(case.evidence)))
            truths.append(tuple(named) or (_HEALTHY,))
        if len({label for truth in truths for label in truth}) > 1:
            for visible in _VIEWS:
                rows = [list(hidden(each, visible).values()) for each in figures]
                self.views_[visible] = _View.learnt(rows, truths)

    def probabilities(self, evidence: Evidence) -> dict[str, float]:
        """How likely each cause is, healthy under the empty name; nothing before it was fitted.

        Of layers in a combination that it never met it uses the largest one that it did.
        """
        met = [view for view in self.views_ if set(view) <= set(evidence.layers)]
        if not met:
            return {}
        view = max(met, key=len)
        return self.views_[view].probabilities(list(hidden(features(Reading(evidence)), view).values()))

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """The likeliest causes, or nothing when healthy is likelier than all of them together."""
        likely = self.probabilities(evidence)
        if not likely:
            return answer(self, evidence, remarks=["it has not learnt anything of these layers yet"])
        healthy = likely.pop(_HEALTHY, 0.0)
        ranked = sorted(likely.items(), key=lambda each: (-each[1], each[0]))[:_NAMED]
        if not ranked or healthy >= _EVEN:
            return answer(self, evidence, healthy=healthy)
        told = [
            Hypothesis(cause=cause, layer=self.layers_[cause], probability=share, note="as in training cases with such figures")
            for cause, share in ranked if share > 0
        ]  # fmt: skip
        return answer(self, evidence, told, healthy=healthy)


class _View:
    """Trees that know some layers, and the temperature at which their shares are probabilities."""

    def __init__(self, trees: Any, common: Shares, temperature: float) -> None:
        self.trees, self.common, self.temperature = trees, common, temperature

    @classmethod
    def learnt(cls, rows: list[list[float]], truths: Sequence[tuple[str, ...]]) -> _View:
        """Fitted on all cases; the temperature is that of the best log score on cases left out."""
        import numpy as np  # noqa: PLC0415  (heavy; only when used)

        view = cls._fitted(rows, truths, _TREES)
        scores = np.zeros(len(_TEMPERATURES))
        for fold in range(_FOLDS):
            known, held = ([n for n in range(len(rows)) if (n % _FOLDS == fold) == out] for out in (False, True))
            inside = [truths[n] for n in known]
            if held and len({label for truth in inside for label in truth}) > 1:
                left_out = cls._fitted([rows[n] for n in known], inside, _TREES_LEFT_OUT)
                scores += left_out.log_scores([rows[n] for n in held], [truths[n] for n in held])
        if scores.any():
            view.temperature = _TEMPERATURES[int(scores.argmax())]
        return view

    @classmethod
    def _fitted(cls, rows: list[list[float]], truths: Sequence[tuple[str, ...]], trees: int) -> _View:
        import numpy as np  # noqa: PLC0415

        table = np.array([row for row, truth in zip(rows, truths, strict=True) for _ in truth])
        labels = np.array([label for truth in truths for label in truth])
        weights = np.array([1.0 / len(truth) for truth in truths for _ in truth])
        known, of = np.unique(labels, return_inverse=True)
        common = np.bincount(of, weights) / weights.sum()
        grown = _trees(trees).fit(table, labels, extratreesclassifier__sample_weight=weights / common[of] / len(known))
        return cls(grown, common, 1.0)

    def probabilities(self, row: list[float]) -> dict[str, float]:
        """By label."""
        spread = self._spread(self._votes([row]), self.temperature)[0]
        return {str(label): float(share) for label, share in zip(self.trees.classes_, spread, strict=True)}

    def log_scores(self, rows: list[list[float]], truths: Sequence[tuple[str, ...]]) -> Shares:
        """What each temperature scores on other cases; a cause that was never met counts nothing."""
        import numpy as np  # noqa: PLC0415

        weights = np.array([[(label in truth) / len(truth) for label in self.trees.classes_] for truth in truths])
        votes = self._votes(rows)
        return np.array([float((np.log(self._spread(votes, each)) * weights).sum()) for each in _TEMPERATURES])

    def _votes(self, rows: list[list[float]]) -> Shares:
        import numpy as np  # noqa: PLC0415

        found: Shares = np.clip(self.trees.predict_proba(np.array(rows)), 1e-6, 1.0)
        return found

    def _spread(self, votes: Shares, temperature: float) -> Shares:
        weighed = votes ** (1.0 / temperature) * self.common
        spread: Shares = weighed / weighed.sum(axis=1, keepdims=True)
        return spread


def _trees(number: int) -> Any:
    try:
        from sklearn.ensemble import ExtraTreesClassifier  # noqa: PLC0415
        from sklearn.impute import SimpleImputer  # noqa: PLC0415
        from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    except ImportError as error:
        raise ModuleNotFoundError("the learned detector needs an extra: pip install 'tieout[learned]'") from error
    trees = ExtraTreesClassifier(n_estimators=number, min_samples_leaf=2, bootstrap=True, random_state=_SEED, n_jobs=1)
    # A figure that no layer shows is told apart from every value.
    return make_pipeline(SimpleImputer(strategy="constant", fill_value=-1.0, keep_empty_features=True), trees)
