"""The data sets that a study may use."""

from typing import Annotated

from pydantic import Field

from resnet_notes.params.base import Section


class ImageFolder(Section):
    """A user's own images: train/<class>/* and test/<class>/*, or <class>/* of which a tenth becomes the test set."""

    path: str = Field(description="the folder")
    size: Annotated[int, Field(ge=4, le=512)] = Field(description="images become size x size pixels")
    grey: bool = Field(False, description="one channel instead of three")


class Dataset(Section):
    """A data set: one of the catalogue by its name, or any name with a folder of images."""

    validation: Annotated[int, Field(ge=0)] = Field(description="images held out of the training set")
    folder: ImageFolder | None = Field(None, description="a user's own images")
