"""Where the images of a challenge and their masks come from."""
