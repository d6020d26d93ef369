"""Tidy tables read off trained networks, and statistics over seeds."""
