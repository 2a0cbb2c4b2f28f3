"""The same memories and questions in ten languages, and among program code."""
