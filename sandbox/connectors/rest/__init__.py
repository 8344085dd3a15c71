"""Reads a live tool over HTTP with GET and HEAD only."""
