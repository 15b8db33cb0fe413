"""Tests of metaan; the folders mirror the rooms of the package."""
