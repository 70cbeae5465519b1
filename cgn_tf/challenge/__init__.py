"""Background challenges in the manner of ImageNet-9: objects on other backgrounds, and each without the other."""
