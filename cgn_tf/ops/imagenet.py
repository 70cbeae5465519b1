"""The statistics of ImageNet's photographs that many networks expect their input to be normalised with."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Mean and standard deviation of the channels (red, green, blue), as parts of 1."""
