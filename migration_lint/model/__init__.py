"""What a migration says and what a database holds, as plain frozen data without behaviour of its own."""
