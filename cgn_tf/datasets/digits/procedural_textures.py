"""Stripes and veins, computed: stand-ins for the photographed textures of Wildlife MNIST.

Strokes get bright, saturated stripes, backgrounds dark veins, so that any stroke stands out from any background. Within
each ten, colours, directions and scales differ, so that a 32×32 crop tells the class. Periods are a few pixels, since a
digit's stroke is about four wide.
"""

from __future__ import annotations

import numpy as np

_SIZE = 150

# Per class: colour of the stripe, colour between, direction in degrees, period in pixels, waviness in pixels.
_STRIPES = (
    ((255, 255, 255), (255, 40, 40), 0, 6.0, 0.0),
    ((255, 225, 30), (255, 120, 0), 90, 5.0, 0.0),
    ((255, 255, 255), (30, 200, 60), 45, 6.0, 0.0),
    ((120, 240, 255), (0, 130, 255), 135, 6.0, 0.0),
    ((255, 130, 225), (190, 40, 255), 0, 8.0, 2.0),
    ((255, 255, 255), (255, 105, 180), 90, 8.0, 2.0),
    ((240, 255, 60), (70, 215, 0), 20, 5.0, 0.0),
    ((255, 200, 150), (205, 110, 50), 70, 7.0, 1.5),
    ((255, 255, 255), (160, 160, 160), 110, 5.0, 0.0),
    ((0, 255, 200), (255, 90, 90), 160, 7.0, 1.5),
)

# Per class: colour of the vein, colour between, distance between veins in pixels, width as a share of it.
_VEINS = (
    ((40, 120, 60), (8, 40, 20), 12.0, 0.25),
    ((110, 40, 60), (40, 5, 15), 9.0, 0.30),
    ((45, 75, 150), (8, 12, 60), 14.0, 0.20),
    ((125, 100, 35), (55, 35, 8), 8.0, 0.30),
    ((100, 60, 135), (35, 12, 60), 11.0, 0.25),
    ((30, 120, 125), (0, 45, 55), 7.0, 0.35),
    ((95, 95, 95), (22, 22, 22), 13.0, 0.20),
    ((135, 65, 25), (60, 20, 5), 15.0, 0.30),
    ((95, 125, 35), (30, 45, 5), 6.0, 0.30),
    ((20, 20, 25), (95, 75, 85), 12.0, 0.20),
)


def stripes(label: int) -> np.ndarray:
    """The stripes of a class in 0..9, RGB uint8 [150, 150, 3]."""
    stripe, between, degrees, period, waviness = _STRIPES[label]
    rows, columns = np.mgrid[:_SIZE, :_SIZE].astype(np.float64)
    angle = np.deg2rad(degrees)
    along = columns * np.cos(angle) + rows * np.sin(angle)
    across = rows * np.cos(angle) - columns * np.sin(angle)
    across += waviness * np.sin(along * 2.0 * np.pi / 25.0)
    # a steep wave: flat stripes with a soft edge of about a pixel
    share = 0.5 + 0.5 * np.tanh(3.0 * np.sin(across * 2.0 * np.pi / period))
    return _mix(share, stripe, between)


def veins(label: int) -> np.ndarray:
    """The veins of a class in 0..9, RGB uint8 [150, 150, 3]."""
    vein, between, distance, width = _VEINS[label]
    # The zeros of noise of one wavelength are winding lines, about half a wavelength apart.
    noise = _band_noise(np.random.default_rng(label), 2.0 * distance)
    return _mix(np.exp(-((noise / (2.0 * width)) ** 2)), vein, between)


def _band_noise(generator: np.random.Generator, wavelength: float) -> np.ndarray:
    """Noise [150, 150] of mean 0 and variance 1 whose frequencies lie around 1 / wavelength."""
    frequency = np.hypot(np.fft.fftfreq(_SIZE)[:, None], np.fft.rfftfreq(_SIZE)[None])
    band = np.exp(-0.5 * ((frequency * wavelength - 1.0) / 0.25) ** 2)
    noise = np.fft.irfft2(np.fft.rfft2(generator.normal(size=(_SIZE, _SIZE))) * band, s=(_SIZE, _SIZE))
    return (noise - noise.mean()) / noise.std()


def _mix(share: np.ndarray, colour: tuple[int, int, int], other: tuple[int, int, int]) -> np.ndarray:
    """`share` [H, W] in [0, 1] of one colour and the rest of the other, RGB uint8 [H, W, 3]."""
    mixed = share[..., None] * np.array(colour) + (1.0 - share[..., None]) * np.array(other)
    return np.rint(mixed).astype(np.uint8)
