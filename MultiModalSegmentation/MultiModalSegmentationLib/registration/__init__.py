"""Bringing one volume onto another: rigid alignment by mutual information."""
