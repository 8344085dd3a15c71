"""What may be typed in oversight, and its words."""
