"""Workbooks: XLSX, XLSM, XLS and ODS."""
