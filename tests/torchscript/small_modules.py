"""Modules that each try one thing of the importer. The tests name them."""
CASES = {}
