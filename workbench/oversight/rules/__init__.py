"""The rules of oversight: what a review takes in and where it stands."""
