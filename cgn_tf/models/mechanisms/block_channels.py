"""How wide the upsampling blocks of the small mechanisms are, and how many lead to the images of a data set."""

from __future__ import annotations

from cgn_tf.models.contract import MechanismRequest

_DEFAULT_SIZE = 32
"""Height and width of the images of a mechanism that is made for no data set."""
_MAX_BLOCKS = 3


def block_channels(request: MechanismRequest, channels: int, base_size: int) -> list[int]:
    """Output channels of the blocks that double `base_size` up to the size of the images, each half those before it.

    With a base of 8: [channels, channels // 2] for 32 pixels, one block more for 64, one less for 16.

    Args:
        request: what the mechanism is made for.
        channels: of the first block.
        base_size: height and width of the map that the first block doubles.

    Raises:
        ValueError: images of a size that at most three doublings do not lead to.
    """
    size = request.image_size or _DEFAULT_SIZE
    sizes = [base_size * 2**blocks for blocks in range(1, _MAX_BLOCKS + 1)]
    if size not in sizes:
        raise ValueError(
            f"{request.factor} mechanism: expected images of {' or '.join(map(str, sizes))} pixels, got {size}."
        )
    return [max(1, channels // 2**block) for block in range(sizes.index(size) + 1)]
