"""On which terms the owners of digits and textures give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MNIST = (
    "MNIST: Y. LeCun, C. Cortes, C. J. C. Burges, built from NIST Special Databases 1 and 3. Its authors published it "
    "without a licence text; look up the terms of the copy that you use."
)
_SKLEARN = (
    "Optical Recognition of Handwritten Digits: E. Alpaydin, C. Kaynak, UCI Machine Learning Repository, CC BY 4.0; "
    "read from scikit-learn's copy."
)
_DTD = (
    "Describable Textures Dataset (DTD): M. Cimpoi, S. Maji, I. Kokkinos, S. Mohamed, A. Vedaldi, CVPR 2014. Given for "
    "research; its photographs remain their owners'."
)
_OWN_TEXTURES = "Textures from a directory of whoever trained it: their terms are not known here."
_PROCEDURAL = "Textures computed by cgn_tf."


def digit_licences(options: Mapping[str, Any]) -> list[str]:
    """A sentence on the digits that recorded `DigitOptions` name."""
    return [_SKLEARN if options.get("digits") == "sklearn" else _MNIST]


def texture_licences(options: Mapping[str, Any]) -> list[str]:
    """A sentence on the textures that recorded `DigitOptions` name."""
    return [{"tfds": _DTD, "procedural": _PROCEDURAL}.get(str(options.get("textures")), _OWN_TEXTURES)]
