"""What evaluation and explanation ask of a classifier of photographs, and how a kind of classifier is declared.

A kind of classifier is one file: a function that loads it, a frozen dataclass of its options, and a `ClassifierPart`
that `registry.py` lists. What a classifier expects of its input is declared there, once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cgn_tf.classifiers.geometry import Geometry


@dataclass(frozen=True)
class Classifier:
    """A loaded classifier.

    Attributes:
        name: what reports call it: "squeezenet".
        network: images float32 [B, S, S, 3], RGB in [-1, 1] → logits float32 [B, H, K], one row a head, H = 1 for
            those without heads. It does its own normalisation, and is traceable by `tf.function`.
        geometry: the square of a photograph that it expects.
        num_classes: K.
        heads: names of the H heads; empty: there is one, without a name.
        features: images as for `network` → pooled features float32 [B, D] before the last layer; None: it has none.
        weights_sha256: of the files that the weights come from; what was computed with a classifier is recorded with
            it. Empty: the weights come from no file.
        any_size: whether the network takes squares of other sizes than its own, too.
        score_logits: images as for `network` → logits float32 [B, K] for the Inception score, where it is defined by
            others than those of `network`; None: by these.
        class_names: names of the K classes, in the order of the outputs; empty: it does not know them.
    """

    name: str
    network: Callable[[Any], Any]
    geometry: Geometry
    num_classes: int
    heads: tuple[str, ...] = ()
    features: Callable[[Any], Any] | None = None
    weights_sha256: str = ""
    any_size: bool = False
    score_logits: Callable[[Any], Any] | None = None
    class_names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClassifierPart:
    """Declares a kind of classifier.

    Attributes:
        name, summary, options: see `cgn_tf.options.registry.Part`.
        load: options, and what `classifier_weights` says → the classifier. Weights that cannot be had or do not fit
            raise a `CommandError`.
        weights: what `classifier_weights` takes, for help and errors: "the path of squeezenet_v1.0.npz".
        has_features: whether its classifiers have `features`, so that generators can be scored with them.
    """

    name: str
    summary: str
    options: type[Any]
    load: Callable[[Any, str], Classifier]
    weights: str
    has_features: bool = False


def one_head(logits: Any) -> Any:
    """Logits [B, K] of a network without heads as `Classifier.network` gives them, [B, 1, K]."""
    return logits[:, None]
