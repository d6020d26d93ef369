"""A commit with its results as an archive: a Workflow Run RO-Crate, and metadata for a repository that gives DOIs."""
