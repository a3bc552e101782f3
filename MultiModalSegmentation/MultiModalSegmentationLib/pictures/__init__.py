"""Figures and views."""
