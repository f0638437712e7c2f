"""From hits to an Answer: drafts, checks of every sentence, limits, and honest words."""
