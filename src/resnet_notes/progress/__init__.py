"""How far a build is: what its jobs cost, the time that is left, and what a person sees of both."""
