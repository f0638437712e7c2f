"""Every error that coachbot raises on purpose.

    CoachbotError                  message: what happened; hint: what to do next
    ├── SettingsError              a setting is unknown or has a value it cannot have
    ├── DocumentError              a file cannot become a text of the library
    │   ├── DocumentNotFoundError  no text with this id, or no file at this path
    │   └── DuplicateError         the library holds this text already
    ├── EmbedderError              the embedding model is missing, damaged or unknown
    ├── ModelError                 the chat model cannot be used, or failed
    ├── IndexUnusableError         the index is damaged or does not fit what reads it
    │   └── IndexBusyError         another process is writing to the index
    ├── StorageError               the disk is full, read-only or failing
    ├── ConversationsError         stored conversations are damaged, unreachable or too new
    │   └── ConversationNotFoundError  no stored conversation with this id
    ├── PromptError                a prompt file is missing or lacks a variable
    ├── HandoutError               a handout cannot be made, read or given out
    │   └── SafetyChoiceError      a request for one touches on safety; a professional has to choose
    └── QuestionSetError           a file of questions, pairs or documents has a bad row

The core raises; the surfaces (command line, page) catch ``CoachbotError`` once and print it.
"""

from __future__ import annotations


class CoachbotError(Exception):
    """Something went wrong that a person can understand and mend.

    Args:
        message: what happened, in one sentence.
        hint: what to do next, in one sentence; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type[CoachbotError], tuple[str, str]]:
        """Survive a trip between processes with the hint intact."""
        return type(self), (self.message, self.hint)


class SettingsError(CoachbotError):
    """A setting is unknown or has a value it cannot have."""


class DocumentError(CoachbotError):
    """A file cannot become a text of the library."""


class DocumentNotFoundError(DocumentError):
    """No text with this id, or no file at this path."""


class DuplicateError(DocumentError):
    """The library holds this text already."""


class EmbedderError(CoachbotError):
    """The embedding model is missing, damaged or unknown."""


class ModelError(CoachbotError):
    """The chat model cannot be used, or failed."""


class IndexUnusableError(CoachbotError):
    """The index is damaged or does not fit what reads it."""


class IndexBusyError(IndexUnusableError):
    """Another process is writing to the index."""


class StorageError(CoachbotError):
    """The disk is full, read-only or failing."""


class ConversationsError(CoachbotError):
    """Stored conversations are damaged, cannot be reached, or come from a newer coachbot."""


class ConversationNotFoundError(ConversationsError):
    """No stored conversation with this id, or it belongs to somebody else."""


class PromptError(CoachbotError):
    """A prompt file is missing or lacks a variable."""


class QuestionSetError(CoachbotError):
    """A file of questions, pairs or documents has a bad row."""


class HandoutError(CoachbotError):
    """A handout cannot be made, read or given out."""


class SafetyChoiceError(HandoutError):
    """A request for a handout touches on safety; a professional has to choose what to make."""
