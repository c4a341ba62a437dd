"""Records in, accessible SVG out. An svg carries classes only; colour lives in the style sheet."""
