"""How good CGNs and classifiers of digits are: measures, suites, and reports of them."""
