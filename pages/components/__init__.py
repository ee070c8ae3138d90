"""What the pages share: frame and navigation, texts, formats, states, tables."""
