"""Images of the user's own: a folder of image files, or a data set of TensorFlow Datasets."""
