"""Registers: the tables of records that a project keeps, declared as data and served by one set of pages."""
