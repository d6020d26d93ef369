"""Runs that are made on a bare machine: packed here, made there, taken in here under their keys."""
