"""Ninefold: a workbench that takes a company through changing its tools."""
