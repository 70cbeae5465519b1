"""Options of every command: frozen dataclasses from which flags and JSON are derived."""
