"""What needs no training: parity circuits, the triangle map, a chain of layers, signals at initialisation."""
