"""What each gate asks beyond its checklist: one file a group of steps, one named function a condition."""
