"""Options declared once, as fields of frozen dataclasses; flags, flag files, help and JSON follow from them."""
