"""Offers held against each other: fees, allowances, overage, break-even."""
