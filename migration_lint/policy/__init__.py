"""What several rules share: judgements over effects, statements and schemas that no single rule owns."""
