"""The demo project: its records are data in `demo/records`; this package tells them through the subjects' own actions."""
