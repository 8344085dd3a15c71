"""The integration project, its team and its participants."""
