"""Networks that are used whole: BigGAN-deep, U²-Net, feature networks, classifiers."""
