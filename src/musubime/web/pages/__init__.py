"""What every page shares: the frame, the language, the words, the look."""
