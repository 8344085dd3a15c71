"""Ratios measured side by side in one run: the product, the same thing written naively, and the limit."""
