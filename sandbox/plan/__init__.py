"""Promotion plans: a chosen part of a difference, checked three ways, with its way back."""
