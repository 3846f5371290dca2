"""What each database engine does with a statement, per version, each fact with its source."""
