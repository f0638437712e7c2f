"""From a file to a Document, its sentences and its passages."""
