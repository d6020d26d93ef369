"""How claims name what they speak of, and who said it.

Statements, effects and sources are Markdown with mathematics in dollars. A source cites works by their keys in
``notes/references.bib``, as in ``@he2015residual [section 4.1]``.
"""

DATASETS = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "cifar-10": "CIFAR-10"}
ACTIVATIONS = {"linear": "linear", "tanh": "tanh", "relu": "ReLU", "sigmoid": "sigmoid"}
TECHNIQUES = {"schedule": "a learning-rate schedule", "batch-norm": "batch normalisation"}
"""Those whose names in params.yaml are no words of a sentence."""


def original(section: int) -> str:
    """Return the original notes as a source."""
    return f"original notes [@backdeluca2019, section {section}]"


def counted(count: float, what: str) -> str:
    """Return a number of things, such as 1 point and 2.5 points."""
    return f"{count:g} {what}{'' if count == 1 else 's'}"
