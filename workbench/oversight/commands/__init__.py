"""The commands of oversight."""
