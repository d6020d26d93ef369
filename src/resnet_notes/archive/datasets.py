"""What is known of the public data sets beside their bytes: names, pages and licences."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """A public data set.

    Attributes:
        title: its name as written by its authors.
        page: where it is described.
        licence: the address of its licence; None where its authors state none.
    """

    title: str
    page: str
    licence: str | None = None


KNOWN = {
    # the licence is not on the data set's own page; Keras states it in its documentation of keras.datasets.mnist
    "mnist": Known("MNIST", "http://yann.lecun.com/exdb/mnist/", "https://creativecommons.org/licenses/by-sa/3.0/"),
    "fashion-mnist": Known(
        "Fashion-MNIST", "https://github.com/zalandoresearch/fashion-mnist", "https://spdx.org/licenses/MIT"
    ),
    "cifar-10": Known("CIFAR-10", "https://www.cs.toronto.edu/~kriz/cifar.html"),
}
