"""What trained networks look like inside: lesions, layer responses, paths of the gradient, identity extensions."""
