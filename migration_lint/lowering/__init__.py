"""What a framework's operations ask the database to do, as neutral statements."""
